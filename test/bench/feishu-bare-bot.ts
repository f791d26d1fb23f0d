// The floor that Feishu is measured against: events, model, reply, and memory that ends with the process. As ours it shows at once that
// it works, without waiting for that, and takes the sign away after the answer.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as lark from "@larksuiteoapi/node-sdk";
import OpenAI from "openai";
import { answerWishes } from "./chat-gauge.ts";

const { FEISHU_APP_ID = "", FEISHU_APP_SECRET = "", FEISHU_DOMAIN = "", OPENAI_BASE_URL = "" } = process.env;
const { FEISHU_MODE, FEISHU_ENCRYPT_KEY = "", FEISHU_VERIFICATION_TOKEN = "" } = process.env;
const INSTRUCTIONS = { role: "system" as const, content: "You are a helpful assistant." };

interface Received {
  readonly message: { readonly message_id: string; readonly root_id?: string; readonly content: string };
}

const openai = new OpenAI({ apiKey: "none", baseURL: OPENAI_BASE_URL });
const app = { appId: FEISHU_APP_ID, appSecret: FEISHU_APP_SECRET, domain: FEISHU_DOMAIN };
const client = new lark.Client(app);
const topics = new Map<string, { role: "user" | "assistant"; content: string }[]>();

async function answer({ message }: Received): Promise<void> {
  const topic = message.root_id || message.message_id;
  const said = topics.get(topic) ?? [];
  topics.set(topic, said);
  said.push({ role: "user", content: String(JSON.parse(message.content).text) });
  const path = { message_id: message.message_id };
  const sign = client.im.messageReaction.create({ path, data: { reaction_type: { emoji_type: "Typing" } } });
  const stream = await openai.chat.completions.create({
    model: "bench",
    messages: [INSTRUCTIONS, ...said],
    stream: true,
  });
  let text = "";
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  said.push({ role: "assistant", content: text });
  const data = { msg_type: "text", content: JSON.stringify({ text }), reply_in_thread: true };
  await client.im.message.reply({ path, data });
  const { reaction_id = "" } = (await sign).data ?? {};
  await client.im.messageReaction.delete({ path: { ...path, reaction_id } });
}

const keys = { encryptKey: FEISHU_ENCRYPT_KEY, verificationToken: FEISHU_VERIFICATION_TOKEN };
const eventDispatcher = new lark.EventDispatcher(keys).register({ "im.message.receive_v1": answer });
if (FEISHU_MODE === "webhook") {
  const server = createServer(lark.adaptDefault("/feishu/events", eventDispatcher, { autoChallenge: true }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  answerWishes({ url: `http://127.0.0.1:${port}`, stop: async () => server.closeAllConnections() });
} else {
  const connection = new lark.WSClient(app);
  await connection.start({ eventDispatcher });
  answerWishes({ stop: async () => connection.close({ force: true }) });
}
