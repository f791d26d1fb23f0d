// The whole app with the outbound half of the Slack channel against the simulator. Messages go straight to the inbox: how they come
// in is tested elsewhere. Time is what this process lives of it, twenty times as fast, for the app and for Slack.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../../../src/app.ts";
import { createSlackOutbound, type SlackOutbound } from "../../../../src/channels/slack/out/outbound.ts";
import type { ReplyPlace } from "../../../../src/channels/slack/reply-place.ts";
import { createSlackApi, type SlackApi } from "../../../../src/channels/slack/slack-api.ts";
import { parseConfig } from "../../../../src/config/load-config.ts";
import type { ChannelParts } from "../../../../src/core/channel.ts";
import type { Delivery } from "../../../../src/core/delivery.ts";
import type { ModelProvider } from "../../../../src/core/model.ts";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import type { Message } from "../../../simulators/slack/records.ts";
import {
  type SlackSimulator,
  type SlackSimulatorOptions,
  startSlackSimulator,
} from "../../../simulators/slack/slack-simulator.ts";
import { visibleText } from "../../../simulators/slack/visible-text.ts";
import { AwakeClock } from "../../../support/awake-clock.ts";
import { FakeModel, type Script } from "../../../support/fake-model.ts";
import { testFacts } from "../../../support/start-test-app.ts";
import { openTestLedger } from "../../../support/test-ledger.ts";
import { MemoryLog } from "./memory-log.ts";

export interface OutboundOptions {
  readonly model?: readonly Script[] | ModelProvider;
  readonly tools?: readonly Tool[];
  readonly slack?: SlackSimulatorOptions;
  readonly config?: string;
  readonly wrapStore?: (store: Store) => Store;
  /** Until then it is not known who we are, and nothing can be sent. */
  readonly isConnected?: () => boolean;
}

export interface AskOptions {
  readonly user?: string;
  readonly channel?: string;
  readonly thread?: Message;
  readonly isDm?: boolean;
}

export type Outbound = Awaited<ReturnType<typeof startOutbound>>;

/** A model may be as slow as a test wants it. */
export const PATIENT = "limits: { taskSeconds: 3600, firstTokenSeconds: 3600, idleTokenSeconds: 3600 }";

const SPEED = 20;
/** Of the event loop, between a call and the one that follows from it. */
const QUIET_TURNS = 50;

export async function startOutbound(options: OutboundOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-slack-"));
  const clock = new AwakeClock({ speed: SPEED, now: Date.UTC(2026, 10, 21, 9) });
  const slack = await startSlackSimulator({ events: [], ...options.slack, clock });
  const log = new MemoryLog();
  let life = await startLife(slack, clock, log, folder, options);

  return {
    slack,
    clock,
    log,
    get app() {
      return life.app;
    },
    get store() {
      return life.store;
    },
    /** A person writes, the message is stored and its sign is shown. */
    async ask(text: string, { user = "alice", channel = "general", thread, isDm = false }: AskOptions = {}) {
      const where = thread ? { thread } : {};
      const message = isDm ? slack.people.dm(user, text, where) : slack.people.say(user, channel, text, where);
      const place: ReplyPlace = {
        ...{ team: slack.teamId, channel: message.channel, thread: message.threadTs ?? message.ts },
        ...{ message: message.ts, user: message.userId, isDm },
      };
      const result = await life.parts.inbox.accept({
        key: `slack:${slack.teamId}:${message.channel}:${message.ts}`,
        channel: "slack",
        session: `slack:${place.channel}:${place.thread}`,
        sender: { id: `slack:${message.userId}`, name: user },
        text,
        replyTo: { ...place, message: message.ts },
      });
      life.outbound.accepted(result, place);
      return { message, place, result };
    },
    withdraw: (message: Message) => life.parts.inbox.withdraw(`slack:${slack.teamId}:${message.channel}:${message.ts}`),
    /** Sends what no model said. */
    send: (delivery: Partial<Delivery> & Pick<Delivery, "key" | "text" | "replyTo">) =>
      life.outbound.sender.send(
        {
          ...{ session: "slack:none", channel: "slack", n: 1, kind: "notice", task: null, tries: 0 },
          ...{ createdAt: clock.now(), ...delivery },
        },
        new AbortController().signal,
      ),
    press: (id: string, user: string) => life.parts.buttons.press({ id, by: { id: `slack:${user}`, name: user } }),
    /** What people read of us under a message, in order. */
    answers: (root: Message): readonly string[] =>
      slack.world.replies(root).flatMap((reply) => (reply.botId ? [visibleText(reply)] : [])),
    messages: (root: Message): readonly Message[] => slack.world.replies(root).filter((reply) => reply.botId),
    /** A long time in which nothing happens: no call is under way that would take too long by it. */
    async passes(ms: number): Promise<void> {
      for (let quietTurns = 0; quietTurns < QUIET_TURNS; quietTurns += 1) {
        if (life.callsUnderWay() > 0) quietTurns = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
      clock.advance(ms);
    },
    /** Resolves when nothing runs and nothing waits to be sent. */
    async settled(): Promise<void> {
      for (;;) {
        await life.app.idle();
        const { queued, running, undelivered } = await life.store.counts();
        if (queued + running + undelivered === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    /** The process dies; a new one takes up its ledger. */
    async crash(next: Partial<OutboundOptions> = {}): Promise<void> {
      await life.stop();
      life = await startLife(slack, clock, log, folder, { ...options, ...next });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await life.stop();
      clock.stop();
      await slack.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startLife(
  slack: SlackSimulator,
  clock: AwakeClock,
  log: MemoryLog,
  folder: string,
  options: OutboundOptions,
) {
  const ledger = await openTestLedger(folder);
  const store = options.wrapStore?.(ledger) ?? ledger;
  const model = options.model && "stream" in options.model ? options.model : new FakeModel(options.model ?? []);
  const lifeId = Math.random().toString(36).slice(2, 8);
  let ids = 0;
  let callsUnderWay = 0;
  let made: { readonly parts: ChannelParts; readonly outbound: SlackOutbound } | undefined;
  const target = { name: "fake/model", model: "model", provider: model, facts: testFacts };
  const config = parseConfig(`channels: { slack: { grants: ["*"] } }\n${options.config ?? ""}`, "test.yaml");
  const app = createApp({
    config: () => config,
    store,
    models: () => ({ main: [target], cheap: [target] }),
    clock,
    ids: {
      next: (prefix) => {
        ids += 1;
        return `${prefix}_${lifeId}${ids}`;
      },
    },
    random: () => 0.5,
    log,
    guard: { adminToken: undefined, host: "127.0.0.1" },
    port: 0,
    channels: [
      (parts) => {
        const settings = { botToken: slack.botToken, apiUrl: slack.apiUrl };
        const slackApi = createSlackApi({ settings, clock, log });
        const api: SlackApi = {
          call: async (...given) => {
            callsUnderWay += 1;
            return slackApi.call(...given).finally(() => {
              callsUnderWay -= 1;
            });
          },
        };
        const { teamId: team, botUserId: botUser, botId, appId } = slack;
        const identity = () => ((options.isConnected?.() ?? true) ? { team, botUser, botId, appId } : undefined);
        const outbound = createSlackOutbound({ ...parts, api, identity });
        made = { parts, outbound };
        const { sender, start, stop } = outbound;
        return { name: "slack", sender, start, stop, trouble: () => undefined };
      },
    ],
    tools: () => options.tools ?? [],
  });
  await app.start();
  if (!made) throw new Error("the app made no channel");
  return {
    app,
    store,
    ...made,
    callsUnderWay: () => callsUnderWay,
    async stop(): Promise<void> {
      await app.stop(0);
      await store.close();
    },
  };
}
