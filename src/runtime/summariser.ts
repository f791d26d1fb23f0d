// Asks the cheap model for a summary: in bounded pieces, each going on from the one before, within one deadline, and checked before
// it is believed. What it costs is counted whether it is taken or not.

import { requestTokens } from "../context/request-tokens.ts";
import {
  CHUNK_TOKENS_MAX,
  summaryChunks,
  summaryFault,
  summaryQuestion,
  summarySystem,
} from "../context/summary-request.ts";
import { familyOf } from "../context/token-family.ts";
import type { Payer } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Language } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import { languageOf } from "../core/user-text.ts";
import { childController } from "../lib/abort.ts";
import type { ModelChain } from "./model-chain.ts";

export interface SummaryWish {
  /** The summary so far. */
  readonly note: string;
  readonly steps: readonly Step[];
  /** What somebody wants it to keep above all; may be empty. */
  readonly focus: string;
  readonly outputTokensMax: number;
  readonly payer: Payer;
}

/** Undefined when the cheap model gave nothing usable; throws only when the caller itself was stopped. */
export type Summarise = (wish: SummaryWish, signal: AbortSignal) => Promise<string | undefined>;

const SUMMARY_MS_MAX = 45_000;
/** Of the smallest window of the cheap models; the rest is for the note so far, the instructions and the answer. */
const CHUNK_SHARE_MAX = 0.33;
const ROLE = "cheap";

export function createSummariser({
  cheap,
  store,
  clock,
  log,
}: {
  readonly cheap: ModelChain;
  readonly store: Pick<Store, "recordUsage">;
  readonly clock: Clock;
  readonly log: Log;
}): Summarise {
  return async ({ note: before, steps, focus, outputTokensMax, payer }, signal) => {
    const language = languageOfSteps(steps);
    const windows = cheap.targets.map(({ facts }) => facts.contextTokens);
    const chunkTokens = Math.min(CHUNK_TOKENS_MAX, ...windows.map((tokens) => Math.floor(tokens * CHUNK_SHARE_MAX)));
    const system = summarySystem(language, focus);
    const { controller, release } = childController(signal);
    const cancel = clock.after(SUMMARY_MS_MAX, () =>
      controller.abort(new AppError("provider-timeout", "the summary took too long")),
    );
    let note = before;
    try {
      for (const chunk of summaryChunks(steps, chunkTokens)) {
        const items = [{ role: "person", text: summaryQuestion(chunk, note) }] as const;
        const inputTokens = (model: string): number => requestTokens({ system, tools: [], items }, familyOf(model));
        const { reply, model, usd, durationMs } = await cheap.reply(
          {
            system,
            tools: [],
            items,
            cacheKey: "compaction",
            outputTokensMax,
            bill: { payer, role: ROLE, inputTokens },
          },
          { write: async () => {}, restart: () => {} },
          controller.signal,
          log,
        );
        await store.recordUsage(payer, { model, role: ROLE, usage: reply.usage, usd, durationMs }, clock.now());
        note = reply.text.trim();
        const fault = summaryFault(note, language, outputTokensMax);
        if (fault === undefined) continue;
        log.warn("summary not taken", { fault });
        return undefined;
      }
      return note;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log.warn("summary failed", { error });
      return undefined;
    } finally {
      cancel();
      release();
    }
  };
}

/** The language most people here write in. */
function languageOfSteps(steps: readonly Step[]): Language {
  const said = steps.flatMap(({ body }) => (body.kind === "said" ? [languageOf(body.text)] : []));
  return said.filter((language) => language === "zh").length * 2 > said.length ? "zh" : "en";
}
