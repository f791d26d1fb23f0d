// P15 after crashes: whatever was killed when, every message in the ledger is explained: by whom it was answered, with which model at
// what price, with which tools, and that the answer was sent.

import type { StoredMessage } from "../../src/core/message.ts";
import { createZone } from "../../src/lib/day-in-zone.ts";
import { createExplain } from "../../src/runtime/explain.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** How many tools a message of this shape has run. */
const TOOLS: Readonly<Record<string, number>> = { plain: 0, "one-tool": 1, "two-tools": 2, spawns: 1, waits: 2 };

/** The violations. */
export async function unexplained(
  folder: string,
  messages: readonly Pick<StoredMessage, "session" | "id" | "text">[],
): Promise<readonly string[]> {
  const store = await openLedger({ folder });
  const explain = createExplain({ store, clock: new FakeClock(), zone: createZone("UTC") });
  const violations: string[] = [];
  for (const { session, id, text } of messages) {
    const why = await explain(session, id, "en");
    const tools = TOOLS[text.split(" ")[1] ?? ""] ?? 0;
    const isWhole =
      why.includes("(`chat:ann`)") &&
      why.includes("Answered by main; waited") &&
      // One reply for each tool and one with the answer, each counted once.
      sumOf(why, /- rule\/rule: (\d+) calls?, [\d,]+ tokens in \(\d+ % cached\), [\d,]+ out, \$/g) === tools + 1 &&
      // Waiting for an agent fails when its time is up: on hurried clocks and a busy machine it sometimes is.
      sumOf(why, /^- `\w+`: (?:ok|unknown|error)(?: ×(\d+))?/gm) === tools &&
      /- Answer: sent on .*, \d+ (?:try|tries)/.test(why);
    if (!isWhole) violations.push(`P15 ${text} is not explained: ${why}`);
  }
  await store.close();
  return violations;
}

const sumOf = (text: string, number: RegExp): number =>
  [...text.matchAll(number)].reduce((sum, [, times]) => sum + Number(times ?? 1), 0);
