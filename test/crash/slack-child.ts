// The killed program with Slack's channel in it.

import { createSlackChannel } from "../../src/channels/slack/slack-channel.ts";
import type { SlackSettings } from "../../src/core/platform-settings.ts";
import { chatPlan, liveOn } from "./chat-child.ts";

const plan = chatPlan<SlackSettings>();

await liveOn(plan, (parts) =>
  createSlackChannel({
    ...parts,
    settings: plan.settings,
    rules: { scopes: { dm: "chat", group: "thread" }, mentionRequired: true, reactions: {} },
  }),
);
