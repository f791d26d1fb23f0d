// What a tool is handed when a test runs it alone.

import type { ToolContext } from "../../src/core/tool.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { silentChat } from "../support/silent-chat.ts";

export const toolContext = (signal = new AbortController().signal): ToolContext => ({
  task: "task_1",
  session: "web:test",
  channel: "web",
  asker: "web:local",
  clock: systemClock,
  chat: silentChat,
  skills: [],
  bounds: [],
  call: "call_1",
  signal,
});
