// Agents on every chat channel, over each of its transports.

import { describeAgents } from "./agents.contract.ts";
import { startFeishuTeam } from "./feishu-team.ts";
import { startSlackTeam } from "./slack-team.ts";

describeAgents("Slack over sockets", startSlackTeam("socket"));
describeAgents("Slack over HTTP", startSlackTeam("http"));
describeAgents("Feishu over its long connection", startFeishuTeam("ws"));
describeAgents("Feishu over a webhook", startFeishuTeam("webhook"));
