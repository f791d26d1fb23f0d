// Cheap models for the retention bench: one that copies sentences out of what it is given, one that writes nonsense, one that is
// down. None understands anything, so what is measured is what code carries.

import { estimateTokens } from "../../src/context/token-estimate.ts";
import { AppError } from "../../src/core/errors.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { ChainRequest, ModelChain } from "../../src/runtime/model-chain.ts";

export const SUMMARISERS = ["extractive", "garbage", "dead"] as const;
export type Summariser = (typeof SUMMARISERS)[number];

const HEADINGS = {
  en: ["Goal", "Constraints and preferences", "Done", "In progress", "Decisions and reasons", "Key facts"],
  zh: ["目标", "约束与偏好", "已完成", "进行中", "决定与理由", "关键事实"],
};
/** So much of what it may write. */
const FILLED_SHARE = 0.8;

export class BenchModel implements ModelChain {
  readonly targets = [];
  calls = 0;
  tokens = 0;
  readonly #kind: Summariser;

  constructor(kind: Summariser) {
    this.#kind = kind;
  }

  reply: ModelChain["reply"] = async (request) => {
    this.calls += 1;
    const inputTokens = estimateTokens(request.system) + estimateTokens(request.items[0]?.text ?? "");
    if (this.#kind === "dead") throw new AppError("provider-unavailable", "down");
    const text = this.#kind === "garbage" ? "ok" : extract(request);
    const outputTokens = estimateTokens(text);
    this.tokens += inputTokens + outputTokens;
    const usage = { ...NO_USAGE, inputTokens, outputTokens };
    return { reply: { text, calls: [], stop: "end", usage }, model: "fake/cheap", usd: 0, durationMs: 1 };
  };
}

/** The earlier note's newest lines, then every so-manieth line of a person's, as much as there is room for. */
function extract({ system, items, outputTokensMax = 1_000 }: ChainRequest): string {
  const headings = system.includes("目标") ? HEADINGS.zh : HEADINGS.en;
  const question = items[0]?.text ?? "";
  const isPerson = (line: string): boolean => line.startsWith("PERSON ");
  const noted = question.split("\n").filter((line) => line.startsWith("- "));
  const said = question
    .split("\n")
    .filter(isPerson)
    .map((line) => `- ${line.slice(7, 200)}`);
  const roomTokens = outputTokensMax * FILLED_SHARE;
  const lines = [...fitting(noted, roomTokens / 2), ...fitting(said, roomTokens / 2)];
  const share = Math.ceil(lines.length / headings.length);
  return headings
    .map((heading, place) => [`## ${heading}`, ...lines.slice(place * share, (place + 1) * share)].join("\n"))
    .join("\n")
    .toWellFormed();
}

function fitting(lines: readonly string[], tokens: number): readonly string[] {
  const all = lines.reduce((sum, line) => sum + estimateTokens(line), 0);
  const step = Math.max(1, Math.ceil(all / Math.max(1, tokens)));
  return lines.filter((_, place) => place % step === 0);
}
