// Cheap models, good and broken, as the chain a compactor asks for its summaries. Each counts what it was asked.

import { itemTokens } from "../../src/context/request-tokens.ts";
import { AppError } from "../../src/core/errors.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { ChainRequest, ModelChain } from "../../src/runtime/model-chain.ts";
import type { FakeClock } from "../support/fake-clock.ts";

export const SUMMARY_MODEL_KINDS = [
  "good",
  "empty",
  "throwing",
  "refusing",
  "inflating",
  "echoing",
  "garbage",
  "flaky",
  "hanging",
] as const;
export type SummaryModelKind = (typeof SUMMARY_MODEL_KINDS)[number];

export const HEADINGS = {
  en: [
    "Goal",
    "Constraints and preferences",
    "Done",
    "In progress",
    "Decisions and reasons",
    "Failed attempts",
    "Open and promised",
    "Key facts",
  ],
  zh: ["目标", "约束与偏好", "已完成", "进行中", "决定与理由", "失败的尝试", "待办与承诺", "关键事实"],
};

export class SummaryModel implements ModelChain {
  readonly targets = [];
  calls = 0;
  inputTokens = 0;
  /** The largest single question. */
  inputTokensMax = 0;
  /** Called as soon as it is asked: for a test that wants to stop it in the middle. */
  whenAsked: (() => void) | undefined;
  readonly #kind: SummaryModelKind;
  readonly #clock: FakeClock;

  constructor(kind: SummaryModelKind, clock: FakeClock) {
    this.#kind = kind;
    this.#clock = clock;
  }

  reply: ModelChain["reply"] = async (request, _sink, signal) => {
    this.calls += 1;
    const tokens = request.items.reduce((sum, item) => sum + itemTokens(item, "o200k"), 0);
    this.inputTokens += tokens;
    this.inputTokensMax = Math.max(this.inputTokensMax, tokens);
    this.whenAsked?.();
    signal.throwIfAborted();
    const text = await this.#answer(request, signal);
    signal.throwIfAborted();
    return {
      reply: { text, calls: [], stop: "end", usage: { ...NO_USAGE, inputTokens: tokens, outputTokens: 1 } },
      model: "fake/cheap",
      usd: 0,
      durationMs: 1,
    };
  };

  async #answer(request: ChainRequest, signal: AbortSignal): Promise<string> {
    const question = request.items[0]?.text ?? "";
    switch (this.#kind) {
      case "good":
        return goodNote(request.system, question);
      case "empty":
        return "";
      case "throwing":
        throw new AppError("provider-unavailable", "down");
      case "refusing":
        return `I'm sorry, but I can't help with that. ${HEADINGS.en.join(" ")} ${HEADINGS.zh.join(" ")}`.repeat(4);
      case "inflating":
        return `${goodNote(request.system, question)}\n${"and so on and so forth 等等 ".repeat(4_000)}`;
      case "echoing":
        return question;
      case "garbage":
        return "ok";
      case "flaky":
        if (this.calls % 2 === 1) throw new AppError("provider-stream-broken", "broke off");
        return goodNote(request.system, question);
      case "hanging":
        queueMicrotask(() => this.#clock.advance(600_000));
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
    }
  }
}

function goodNote(system: string, question: string): string {
  const headings = system.includes("目标") ? HEADINGS.zh : HEADINGS.en;
  const lines = question.split("\n").filter((line) => /^(PERSON|ASSISTANT)/.test(line));
  return headings
    .map((heading, place) => `## ${heading}\n- ${(lines[place] ?? "nothing was said about this so far").slice(0, 200)}`)
    .join("\n")
    .toWellFormed();
}
