// The floor that Slack is measured against: the bot everybody writes first. It remembers its threads in memory and is durable in
// nothing: no ledger, no dedupe, no order, no limits, no second try. As ours it shows at once that it works, without waiting for that,
// and shows no answer while it grows: here it is whole sooner than it would be worth it.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { App } from "@slack/bolt";
import OpenAI from "openai";
import { answerWishes } from "./chat-gauge.ts";

const { SLACK_BOT_TOKEN = "", SLACK_APP_TOKEN, SLACK_SIGNING_SECRET = "", SLACK_API_URL = "" } = process.env;
const INSTRUCTIONS = { role: "system" as const, content: "You are a helpful assistant." };

const openai = new OpenAI({ apiKey: "none", baseURL: process.env.OPENAI_BASE_URL ?? "" });
const app = new App({
  token: SLACK_BOT_TOKEN,
  ...(SLACK_APP_TOKEN
    ? { appToken: SLACK_APP_TOKEN, socketMode: true }
    : { signingSecret: SLACK_SIGNING_SECRET, port: 0 }),
  clientOptions: { slackApiUrl: SLACK_API_URL },
});
const threads = new Map<string, { role: "user" | "assistant"; content: string }[]>();

app.event("app_mention", async ({ event, client }) => {
  const thread = event.thread_ts ?? event.ts;
  const said = threads.get(thread) ?? [];
  threads.set(thread, said);
  said.push({ role: "user", content: event.text });
  // Slack takes it away when the answer appears.
  const sign = { channel_id: event.channel, thread_ts: thread, status: "is thinking…" };
  client.assistant.threads.setStatus(sign).catch(console.error);
  const stream = await openai.chat.completions.create({
    model: "bench",
    messages: [INSTRUCTIONS, ...said],
    stream: true,
  });
  let text = "";
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  said.push({ role: "assistant", content: text });
  await client.chat.postMessage({ channel: event.channel, thread_ts: thread, text });
});

const server = (await app.start(0)) as Server | undefined;
const address = SLACK_APP_TOKEN ? undefined : (server?.address() as AddressInfo);
answerWishes({ ...(address ? { url: `http://127.0.0.1:${address.port}` } : {}), stop: () => app.stop() });
