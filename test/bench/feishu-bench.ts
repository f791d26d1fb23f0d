// Feishu: a mention in a topic to its answer there, over both transports, each beside a bare bot.

import { type ChatBenchOptions, measureChat } from "./chat-bench.ts";
import { chatPart, lateAckNotes } from "./chat-report.ts";
import { openFeishu } from "./feishu-platform.ts";
import type { Part } from "./report.ts";

const PROGRAM = "chat-child.ts";
const FLOOR = "feishu-bare-bot.ts";
const BARE_WS = "bare bot, long connection";
const BARE_WEBHOOK = "bare bot, webhook";
/** Documented: calls a second to one address of the API. */
const PER_SECOND_MAX = 50;

export async function measureFeishu(options: ChatBenchOptions): Promise<Part> {
  const measurement = await measureChat(
    [
      { name: "long connection", program: PROGRAM, openPlatform: () => openFeishu("ws"), floor: BARE_WS },
      { name: BARE_WS, program: FLOOR, openPlatform: () => openFeishu("ws") },
      { name: "webhook", program: PROGRAM, openPlatform: () => openFeishu("webhook"), floor: BARE_WEBHOOK },
      { name: BARE_WEBHOOK, program: FLOOR, openPlatform: () => openFeishu("webhook") },
    ],
    options,
  );
  return chatPart(measurement, {
    name: "feishu",
    title: "feishu: from a mention to its answer in the topic, durable, through the real SDK",
    perSecondMax: PER_SECOND_MAX,
    notes: [
      `the simulator's rate limits are off; ours hold all the same: 45 calls a second to an address, of the platform's ${PER_SECOND_MAX}, so no bot may answer faster, and the bare one breaks the rule`,
      "a topic stands in a group of its own and is left after four mentions: a group takes five messages a second",
      ...lateAckNotes(measurement),
    ],
  });
}
