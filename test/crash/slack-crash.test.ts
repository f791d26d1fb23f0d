// The crash proof over Slack: the real channel, killed at commits and between Slack's taking something and our knowing of it.

import { testCrashesOver } from "./chat-crash.ts";
import { openSlackWorld } from "./slack-world.ts";

testCrashesOver("Slack", openSlackWorld, [
  { fault: "acknowledge-before-store", shows: "P1", aim: { kind: "commit", max: 1, of: "accept" }, shape: "brief" },
  {
    fault: "send-without-looking",
    shows: "P3",
    aim: { kind: "taken", what: "end of a stream", max: 1 },
    shape: "slow",
  },
  { fault: "forget-live", shows: "still being typed", aim: { kind: "taken", what: "stream", max: 1 }, shape: "slow" },
]);
