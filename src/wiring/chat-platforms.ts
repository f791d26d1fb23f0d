// The chat platforms that have credentials; loaded only then, for their SDKs are large.

import type { Environment } from "../config/environment.ts";
import { feishuSettings, slackSettings } from "../config/platforms.ts";
import type { Config } from "../config/schema.ts";
import type { Channel, ChannelParts } from "../core/channel.ts";
import type { ChatRules } from "../core/platform-settings.ts";
import { asItIsNow } from "../lib/as-it-is-now.ts";

export async function chatPlatforms(
  environment: Environment,
  config: () => Config,
): Promise<readonly ((parts: ChannelParts) => Channel)[]> {
  const rulesOf = (name: "slack" | "feishu"): ChatRules =>
    asItIsNow(() => ({ scopes: config().sessions, ...config().channels[name] }));
  const platforms: ((parts: ChannelParts) => Channel)[] = [];
  const slack = slackSettings(environment);
  if (slack) {
    const { createSlackChannel } = await import("../channels/slack/slack-channel.ts");
    platforms.push((parts) => createSlackChannel({ ...parts, settings: slack, rules: rulesOf("slack") }));
  }
  const feishu = feishuSettings(environment);
  if (feishu) {
    const { createFeishuChannel } = await import("../channels/feishu/feishu-channel.ts");
    platforms.push((parts) => createFeishuChannel({ ...parts, settings: feishu, rules: rulesOf("feishu") }));
  }
  return platforms;
}
