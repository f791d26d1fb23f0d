// A summary is asked for in pieces that the cheap model's window has room for.

import { describe, expect, test } from "vitest";
import { estimateTokens } from "../../src/context/token-estimate.ts";
import { silentLog } from "../../src/core/log.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Step } from "../../src/core/step.ts";
import type { ModelChain } from "../../src/runtime/model-chain.ts";
import { createSummariser } from "../../src/runtime/summariser.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeModel } from "../support/fake-model.ts";
import { testFacts } from "../support/start-test-app.ts";

const NOTE = ["Goal 目标", "Done 已完成", "In progress 进行中", "Key facts 关键事实"]
  .map((part) => `## ${part}\n${"The pier is busy. ".repeat(8)}`)
  .join("\n");
const TEXTS = { english: "The harbour was busy today. ".repeat(2_000), chinese: "码头今天很忙，".repeat(2_000) };

const stepsOf = (text: string): readonly Step[] =>
  Array.from({ length: 6 }, (_, place) => ({
    session: "web:s",
    seq: place + 1,
    task: "t",
    n: place + 1,
    at: 0,
    body: { kind: "said", message: "m", sender: { id: "web:ann", name: "Ann" }, text },
  }));

async function asked(contextTokens: number, text: string): Promise<readonly number[]> {
  const sizes: number[] = [];
  const cheap: ModelChain = {
    targets: [
      { name: "cheap/model", model: "model", provider: new FakeModel([]), facts: { ...testFacts, contextTokens } },
    ],
    reply: async ({ system, items }) => {
      sizes.push(estimateTokens(system) + estimateTokens(items[0]?.text ?? ""));
      return {
        reply: { text: NOTE, calls: [], stop: "end", usage: NO_USAGE },
        model: "cheap/model",
        usd: 0,
        durationMs: 1,
      };
    },
  };
  const summarise = createSummariser({
    cheap,
    store: { recordUsage: async () => {} },
    clock: new FakeClock(),
    log: silentLog,
  });
  const wish = { note: "", steps: stepsOf(text), focus: "", outputTokensMax: 1_000, payer: { session: "web:s" } };
  await summarise(wish, new AbortController().signal);
  return sizes;
}

describe.each(Object.entries(TEXTS))("what the cheap model is asked in %s", (_language, text) => {
  test.each([8_000, 32_000, 200_000])("fits a window of %i tokens", async (contextTokens) => {
    const sizes = await asked(contextTokens, text);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.length).toBeLessThanOrEqual(4);
    expect(Math.max(...sizes)).toBeLessThan(contextTokens * 0.6);
    expect(Math.max(...sizes)).toBeLessThan(14_000);
  });
});
