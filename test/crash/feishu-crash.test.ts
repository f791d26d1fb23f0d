// The crash proof over Feishu: the real channel, killed at commits and between Feishu's taking something and our knowing of it.

import { testCrashesOver } from "./chat-crash.ts";
import { openFeishuWorld } from "./feishu-world.ts";

testCrashesOver("Feishu", openFeishuWorld, [
  { fault: "send-without-looking", shows: "P3", aim: { kind: "taken", what: "message.reply", max: 1 }, shape: "brief" },
  {
    fault: "forget-live",
    shows: "still being typed",
    aim: { kind: "taken", what: "element.content", max: 1 },
    shape: "slow",
  },
  {
    fault: "forget-signs",
    shows: "has a sign",
    aim: { kind: "taken", what: "reaction.create", max: 1 },
    shape: "slow",
  },
]);
