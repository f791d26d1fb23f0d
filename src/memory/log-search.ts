// The search over a session's log: a question in words becomes tokens, what the store finds becomes dated excerpts. Knows no
// engine and no tool.

import type { SearchHit } from "../core/log-search.ts";
import type { Remembered, SearchMemory } from "../core/memory.ts";
import { type CallStep, stepReference } from "../core/step.ts";
import { wholeText } from "../core/step-text.ts";
import type { Store } from "../core/store.ts";
import { systemTimeZone } from "./calendar.ts";
import { createDateTokens } from "./date-tokens.ts";
import { excerptOf } from "./excerpt.ts";
import { PIECE_CHARS_MAX } from "./log-pieces.ts";
import { rankHits } from "./rank.ts";
import { queryTokens } from "./search-tokens.ts";

/** More than are wanted, because the rank looks at them once more. */
const CANDIDATES = 60;
const QUESTION_CHARS_MAX = 4_000;

export function createLogSearch(
  { searchLog, step: findStep }: Pick<Store, "searchLog" | "step">,
  timeZone = systemTimeZone(),
): SearchMemory {
  const dates = createDateTokens(timeZone);
  const minute = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });

  return async ({ session, task, query, keywords, now, limit }) => {
    const asked = [query, ...keywords].join("\n").slice(0, QUESTION_CHARS_MAX);
    const { tokens, rest } = dates.forQuestion(asked, now);
    const { words, characters } = queryTokens(rest);
    const hits = await searchLog(session, { words, characters, dates: tokens }, CANDIDATES);
    const isAskersOwn = (hit: SearchHit): boolean => hit.kind === "said" && hit.task === task;
    const ranked = rankHits(
      hits.filter((hit) => !isAskersOwn(hit)),
      asked,
      limit,
    );
    const found: Remembered[] = [];
    for (const hit of ranked) {
      const step = await findStep(session, hit.task, hit.n);
      if (!step) continue;
      const piece = wholeText(step).slice(hit.start, hit.start + PIECE_CHARS_MAX);
      const excerpt = excerptOf(piece, [...words, ...characters]);
      found.push({
        reference: stepReference(hit.task, hit.n),
        offset: hit.start + excerpt.at,
        date: `${minute.format(hit.at)} ${timeZone}`,
        kind: hit.kind,
        speaker: step.body.kind === "call" ? calledAs(step.body, words) : hit.speaker,
        excerpt: excerpt.text,
      });
    }
    return found;
  };
}

/** What a result means often only its question tells. */
function calledAs({ name, arguments: asked }: CallStep, wanted: readonly string[]): string {
  const text = JSON.stringify(asked);
  return text === "{}" ? name : `${name} ${excerptOf(text, wanted).text}`;
}
