// The real SDK against the simulator, as its tests need it: a silent client, a long connection, and the code of a refusal.

import * as lark from "@larksuiteoapi/node-sdk";
import { z } from "zod";
import type { FeishuSimulator } from "./feishu-simulator.ts";

/** A logger that says nothing. */
export const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

export const connectClient = (sim: FeishuSimulator): lark.Client =>
  new lark.Client({ appId: sim.appId, appSecret: sim.appSecret, domain: sim.domain, logger: silent });

export type Handlers = Readonly<Record<string, (event: unknown) => unknown>>;

export interface LongBot {
  readonly client: lark.WSClient;
  /** Errors that the SDK gives up with. */
  readonly errors: readonly string[];
  close(): void;
}

export interface LongBotOptions {
  readonly pingTimeout?: number;
}

export function connectLongBot(
  sim: FeishuSimulator,
  handlers: Handlers,
  { pingTimeout }: LongBotOptions = {},
): LongBot {
  const errors: string[] = [];
  const client = new lark.WSClient({
    appId: sim.appId,
    appSecret: sim.appSecret,
    domain: sim.domain,
    logger: silent,
    onError: (error) => errors.push(error.message),
    ...(pingTimeout === undefined ? {} : { wsConfig: { pingTimeout } }),
  });
  const eventDispatcher = new lark.EventDispatcher({ logger: silent }).register(handlers);
  void client.start({ eventDispatcher });
  return { client, errors, close: () => client.close({ force: true }) };
}

/** A bot that is connected. */
export async function startLongBot(
  sim: FeishuSimulator,
  handlers: Handlers,
  options?: LongBotOptions,
): Promise<LongBot> {
  const before = sim.longConnection.connections.length;
  const bot = connectLongBot(sim, handlers, options);
  await sim.until(() => sim.longConnection.connections.length > before, { what: "the bot connects" });
  return bot;
}

const refusalShape = z.object({
  response: z.object({
    status: z.number(),
    headers: z.instanceof(Object).transform((headers) => Object.fromEntries(Object.entries(headers))),
    data: z.object({ code: z.number(), msg: z.string() }),
  }),
});

export interface Answered {
  readonly status: number;
  readonly code: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** How the platform answered a call: refusals are data here. */
export async function answerTo(call: Promise<unknown>): Promise<Answered> {
  try {
    const result = z.object({ code: z.number().default(0) }).parse((await call) ?? {});
    return { status: 200, code: result.code, text: "", headers: {} };
  } catch (error) {
    const { status, headers, data } = refusalShape.parse(error).response;
    return { status, headers, code: data.code, text: data.msg };
  }
}

export const codeOf = async (call: Promise<unknown>): Promise<number> => (await answerTo(call)).code;

const receivedShape = z.object({
  event_id: z.string(),
  app_id: z.string(),
  sender: z.object({ sender_id: z.record(z.string(), z.unknown()), sender_type: z.string() }),
  message: z.object({
    message_id: z.string(),
    root_id: z.string().optional(),
    parent_id: z.string().optional(),
    thread_id: z.string().optional(),
    chat_id: z.string(),
    chat_type: z.string(),
    message_type: z.string(),
    content: z.string(),
    mentions: z
      .array(z.object({ key: z.string(), name: z.string(), id: z.record(z.string(), z.unknown()) }))
      .optional(),
  }),
});

export type Received = z.infer<typeof receivedShape>;

export const readReceived = (event: unknown): Received => receivedShape.parse(event);
