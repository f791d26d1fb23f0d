// The killed program with Feishu's channel in it.

import { createFeishuChannel } from "../../src/channels/feishu/feishu-channel.ts";
import type { FeishuSettings } from "../../src/core/platform-settings.ts";
import { chatPlan, liveOn } from "./chat-child.ts";

const plan = chatPlan<FeishuSettings>();

await liveOn(plan, (parts) =>
  createFeishuChannel({
    ...parts,
    settings: plan.settings,
    rules: { scopes: { dm: "chat", group: "thread" }, mentionRequired: true, reactions: {} },
  }),
);
