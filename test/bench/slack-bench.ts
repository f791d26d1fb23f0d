// Slack: a mention in a thread to its answer there, over both transports, beside a bare Bolt bot.

import { type ChatBenchOptions, measureChat } from "./chat-bench.ts";
import { chatPart, lateAckNotes } from "./chat-report.ts";
import type { Part } from "./report.ts";
import { openSlack } from "./slack-platform.ts";

const FLOOR = "bare Bolt bot";

export async function measureSlack(options: ChatBenchOptions): Promise<Part> {
  const measurement = await measureChat(
    [
      { name: "Socket Mode", program: "chat-child.ts", openPlatform: () => openSlack("socket") },
      { name: "HTTP", program: "chat-child.ts", openPlatform: () => openSlack("http") },
      { name: FLOOR, program: "bare-bolt-bot.ts", openPlatform: () => openSlack("socket"), isFloor: true },
    ],
    options,
  );
  return chatPart(measurement, {
    name: "slack",
    title: "slack: from a mention to its answer in the thread, durable, through the real Bolt",
    floor: FLOOR,
    notes: [
      "the simulator's rate limits are off; ours hold all the same (a message a second and channel, four at once), so a thread moves to another channel after four mentions",
      ...lateAckNotes(measurement),
    ],
  });
}
