// Slack: a mention in a thread to its answer there, over both transports, each beside a bare Bolt bot.

import { type ChatBenchOptions, measureChat } from "./chat-bench.ts";
import { chatPart, lateAckNotes } from "./chat-report.ts";
import type { Part } from "./report.ts";
import { openSlack } from "./slack-platform.ts";

const PROGRAM = "chat-child.ts";
const FLOOR = "bare-bolt-bot.ts";
const BARE_SOCKET = "bare Bolt bot, Socket Mode";
const BARE_HTTP = "bare Bolt bot, HTTP";

export async function measureSlack(options: ChatBenchOptions): Promise<Part> {
  const measurement = await measureChat(
    [
      { name: "Socket Mode", program: PROGRAM, openPlatform: () => openSlack("socket"), floor: BARE_SOCKET },
      { name: BARE_SOCKET, program: FLOOR, openPlatform: () => openSlack("socket") },
      { name: "HTTP", program: PROGRAM, openPlatform: () => openSlack("http"), floor: BARE_HTTP },
      { name: BARE_HTTP, program: FLOOR, openPlatform: () => openSlack("http") },
    ],
    options,
  );
  return chatPart(measurement, {
    name: "slack",
    title: "slack: from a mention to its answer in the thread, durable, through the real Bolt",
    notes: [
      "the simulator's rate limits are off; ours hold all the same (a message a second and channel, four at once), so a thread moves to another channel after four mentions",
      ...lateAckNotes(measurement),
    ],
  });
}
