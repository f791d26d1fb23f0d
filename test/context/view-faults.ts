// What is wrong with a view of a session: I1, I2, I4, I5, I9 and I10 of the facts, read off what is shown and the log alone.

import type { Speak } from "../../src/context/conversation.ts";
import { toConversation } from "../../src/context/conversation.ts";
import { groupSteps, type StepGroup } from "../../src/context/step-groups.ts";
import type { Compaction } from "../../src/core/compaction.ts";
import type { CompletedCall, ConversationItem } from "../../src/core/model.ts";
import type { SaidStep, Step } from "../../src/core/step.ts";
import { wireFaults } from "./wire-rules.ts";

export interface SeenView {
  readonly items: readonly ConversationItem[];
  readonly tokens: number;
  readonly record: Compaction | undefined;
  readonly steps: readonly Step[];
  readonly speak: Speak;
  readonly count: (item: ConversationItem) => number;
  readonly budgetTokens: number;
  /** What the record was made to fit into: less, where a vendor had found the session too long. */
  readonly recordTokens: number;
}

const BODY_BEGIN = "[system note] The earlier part of this conversation";
const HISTORY_END = /^<\/history>(\nWhat follows is the work on this:\n|$)/;
const VERBATIM_CHARS = 400;
const RESULT_CHARS_MIN = 500;
/** What cannot be left out: these numbers of characters, and what stands around them. */
const SHORTEST = { saidChars: 900, resultChars: 640, argumentChars: 400, bodyChars: 800 };
const ROOMY_SHARE = 0.7;
/** What surely belongs to the newest part that is kept. */
const NEWEST_SHARE = 0.15;

export function viewFaults(seen: SeenView): readonly string[] {
  return [
    ...sizeFaults(seen),
    ...wireFaults(seen.items).map((fault) => `I1 ${fault}`),
    ...callFaults(seen),
    ...messageFaults(seen),
    ...resultFaults(seen),
    ...bodyFaults(seen),
  ];
}

function sizeFaults({ items, tokens, count, budgetTokens }: SeenView): readonly string[] {
  const real = items.reduce((sum, item) => sum + count(item), 0);
  return [
    ...(real > budgetTokens ? [`I2 ${real} of ${budgetTokens} tokens`] : []),
    ...(real !== tokens ? [`I2 ${real} tokens, said to be ${tokens}`] : []),
  ];
}

const callsOf = (items: readonly ConversationItem[]): readonly CompletedCall[] =>
  items.flatMap((item) => (item.role === "model" ? item.calls : []));

/** The newest calls of the log, all of each reply, in their order, none left out in between. */
function callFaults({ items, steps, speak }: SeenView): readonly string[] {
  const logged = callsOf(toConversation(steps, speak));
  const shown = callsOf(items);
  const expected = logged.slice(logged.length - shown.length);
  const isSame = shown.every(({ id, name }, place) => id === expected[place]?.id && name === expected[place]?.name);
  if (!isSame) return ["I1 the calls are not the newest of the log"];
  const first = shown[0]?.id;
  const group = groupSteps(steps).find((one) =>
    one.steps.some(({ body }) => body.kind === "call" && body.id === first),
  );
  const opener = group?.steps.find(({ body }) => body.kind === "call")?.body;
  return first !== undefined && opener?.kind === "call" && opener.id !== first
    ? ["I1 a reply lost its first calls"]
    : [];
}

function messageFaults({ items, steps, speak }: SeenView): readonly string[] {
  const last = lastSaid(steps);
  if (!last) return [];
  const spoken = speak(last).trim();
  const isShort = last.text.length < VERBATIM_CHARS;
  // Of a long one the beginning or the end.
  const parts = isShort ? [spoken] : [spoken.slice(0, 99), spoken.slice(-99)].map(wholeCharacters);
  const isThere = items.some((item) => item.role === "person" && parts.some((part) => item.text.includes(part)));
  return isThere ? [] : [`I4 the last message (${last.text.length} characters) is not there: ${spoken.slice(0, 60)}`];
}

const wholeCharacters = (text: string): string => text.replace(/^[\udc00-\udfff]/, "").replace(/[\ud800-\udbff]$/, "");

const lastSaid = (steps: readonly Step[]): SaidStep | undefined =>
  steps.flatMap(({ body }) => (body.kind === "said" ? [body] : [])).at(-1);

function resultFaults(seen: SeenView): readonly string[] {
  const groups = groupSteps(seen.steps);
  const place = groups.findLastIndex((group) => group.steps.some(({ body }) => body.kind === "call"));
  const group = groups[place];
  if (!group || !mustShow(seen, groups.slice(place))) return [];
  const shown = new Map(callsOf(seen.items).map((call) => [call.id, call.result]));
  return group.steps.flatMap(({ body }) => {
    if (body.kind !== "call" || !body.result) return [];
    const chars = shown.get(body.id)?.length ?? -1;
    const wanted = Math.min(RESULT_CHARS_MIN, body.result.text.length);
    return chars >= wanted ? [] : [`I5 ${chars} of ${wanted} characters of the result of ${body.id}`];
  });
}

/** The running task's last results always, where they fit; those of an answered turn where they are part of the newest. */
function mustShow({ recordTokens, count, speak, record, steps }: SeenView, groups: readonly StepGroup[]): boolean {
  const isRunning = groups.length === 1 && steps.at(-1)?.body.kind !== "end";
  const tokens = shortest(steps, groups.slice(0, 1), speak, count) + tokensOf(groups.slice(1), speak, count);
  const isNewest = record?.level !== "minimal" && tokens <= recordTokens * NEWEST_SHARE;
  return isNewest || (isRunning && tokens <= recordTokens * ROOMY_SHARE);
}

const tokensOf = (groups: readonly StepGroup[], speak: Speak, count: SeenView["count"]): number =>
  toConversation(
    groups.flatMap((group) => group.steps),
    speak,
  ).reduce((sum, item) => sum + count(item), 0);

/** Tokens of the groups, the last message and a body with every text as short as it may become. */
function shortest(
  steps: readonly Step[],
  groups: readonly StepGroup[],
  speak: Speak,
  count: SeenView["count"],
): number {
  const said = lastSaid(steps);
  const body = `${"word ".repeat(SHORTEST.bodyChars / 5)}${(said ? speak(said) : "").slice(0, SHORTEST.saidChars)}`;
  const items = toConversation(
    groups.flatMap((group) => group.steps),
    speak,
  ).map((item): ConversationItem => {
    if (item.role === "person") return { role: "person", text: item.text.slice(0, SHORTEST.saidChars) };
    const calls = item.calls.map((call) => ({
      ...call,
      arguments: { all: JSON.stringify(call.arguments).slice(0, SHORTEST.argumentChars) },
      result: call.result.slice(0, SHORTEST.resultChars),
    }));
    return { role: "model", text: item.text.slice(0, SHORTEST.saidChars), calls };
  });
  return [...items, { role: "person", text: body } as const].reduce((sum, item) => sum + count(item), 0);
}

/** Whether a view exists at all: if so, a refusal is wrong. */
export const canFit = (steps: readonly Step[], speak: Speak, count: SeenView["count"], budgetTokens: number): boolean =>
  shortest(steps, groupSteps(steps).slice(-1), speak, count) <= budgetTokens * ROOMY_SHARE;

function bodyFaults({ items, record }: SeenView): readonly string[] {
  const bodies = items.filter((item) => item.role === "person" && item.text.startsWith(BODY_BEGIN));
  const wanted = record && record.body !== "" ? 1 : 0;
  const faults = bodies.length === wanted ? [] : [`I9 ${bodies.length} summaries where there should be ${wanted}`];
  const body = bodies[0]?.text ?? "";
  const rest = body.slice(body.search(/<\/history/i));
  if (bodies.length === 1 && !HISTORY_END.test(rest))
    faults.push(`what is quoted leaves the history: ${rest.slice(0, 60)}`);
  return faults;
}
