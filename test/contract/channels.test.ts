// Every chat channel over each of its transports keeps the one contract.

import { describeChannel } from "./channel.contract.ts";
import { startFeishuTeam } from "./feishu-team.ts";
import { startSlackTeam } from "./slack-team.ts";

describeChannel("Slack over sockets", startSlackTeam("socket"));
describeChannel("Slack over HTTP", startSlackTeam("http"));
describeChannel("Feishu over its long connection", startFeishuTeam("ws"));
describeChannel("Feishu over a webhook", startFeishuTeam("webhook"));
