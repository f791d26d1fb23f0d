// The whole app with a scripted model and the Feishu channel, against the simulated platform over real HTTP.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../../../../src/app.ts";
import { createFeishuChannel } from "../../../../src/channels/feishu/feishu-channel.ts";
import { parseConfig } from "../../../../src/config/load-config.ts";
import { type Log, silentLog } from "../../../../src/core/log.ts";
import type { ModelProvider } from "../../../../src/core/model.ts";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import {
  type FeishuSimulator,
  type FeishuSimulatorOptions,
  startFeishuSimulator,
} from "../../../simulators/feishu/feishu-simulator.ts";
import type { Chat } from "../../../simulators/feishu/world/world-records.ts";
import { FakeModel, type Script } from "../../../support/fake-model.ts";
import { testFacts } from "../../../support/start-test-app.ts";
import { openTestLedger } from "../../../support/test-ledger.ts";
import { MovedClock } from "./moved-clock.ts";
import { startWire, type Wire } from "./wire.ts";

export interface FeishuBotOptions {
  readonly model?: readonly Script[] | ModelProvider;
  readonly tools?: readonly Tool[];
  readonly simulator?: FeishuSimulatorOptions;
  /** Go on with the platform and the ledger of an earlier bot. */
  readonly after?: FeishuBot;
  readonly clock?: MovedClock;
  /** More of signalbox.yaml. */
  readonly config?: string;
  readonly log?: Log;
  readonly wrapStore?: (store: Store) => Store;
}

export class FeishuBot implements AsyncDisposable {
  readonly app: App;
  readonly sim: FeishuSimulator;
  readonly store: Store;
  readonly folder: string;
  readonly wire: Wire;
  readonly kill: () => Promise<void>;
  #isStopped = false;

  constructor(parts: Pick<FeishuBot, "app" | "sim" | "store" | "folder" | "kill" | "wire">) {
    this.app = parts.app;
    this.sim = parts.sim;
    this.store = parts.store;
    this.folder = parts.folder;
    this.kill = parts.kill;
    this.wire = parts.wire;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.app.stop(0);
    await this.store.close();
  }

  /** As if the process had been killed: nothing of it reaches the platform or the ledger any more. */
  async crash(): Promise<void> {
    this.#isStopped = true;
    await this.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.wire.cut();
    await this.sim.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function startFeishuBot(options: FeishuBotOptions = {}): Promise<FeishuBot> {
  const { after, log = silentLog } = options;
  const clock = options.clock ?? new MovedClock();
  const folder = after?.folder ?? mkdtempSync(join(tmpdir(), "signalbox-feishu-"));
  const sim = after?.sim ?? (await startFeishuSimulator({ clock, ...options.simulator }));
  const wire = await startWire(sim.domain);
  const ownClock = clock.child();
  const ledger = await openTestLedger(folder, 2_000);
  const store = options.wrapStore?.(ledger) ?? ledger;
  const model = options.model && "stream" in options.model ? options.model : new FakeModel(options.model ?? []);
  const target = { name: "fake/model", model: "model", provider: model, facts: testFacts };
  const life = Math.random().toString(36).slice(2, 8);
  let ids = 0;
  const config = parseConfig(`channels: { feishu: { grants: ["*"] } }\n${options.config ?? ""}`, "test.yaml");
  const app = createApp({
    config: () => config,
    store,
    models: () => ({ main: [target], cheap: [target] }),
    clock: ownClock,
    ids: {
      next: (prefix) => {
        ids += 1;
        return `${prefix}_${life}${ids}`;
      },
    },
    random: () => 0.5,
    log,
    guard: { adminToken: undefined, host: "127.0.0.1" },
    port: 0,
    channels: [
      (parts) =>
        createFeishuChannel({
          ...parts,
          settings: { appId: sim.appId, appSecret: sim.appSecret, domain: wire.domain, transport: { mode: "ws" } },
          rules: { scopes: { dm: "chat", group: "thread" }, mentionRequired: true, reactions: {} },
        }),
    ],
    tools: () => options.tools ?? [],
  });
  await app.start();
  await sim.until(() => sim.longConnection.connections.length > 0, { what: "the bot connects" });
  const kill = async (): Promise<void> => {
    ownClock.stop();
    wire.cut();
    await store.close();
  };
  return new FeishuBot({ app, sim, store, folder, kill, wire });
}

/** A model that says all of it at once: in small pieces a very long text takes long. */
export const inOnePiece = (text: string): ModelProvider => ({
  name: "fake",
  async *stream() {
    yield { type: "text", text };
    const usage = { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1 };
    yield { type: "reply", reply: { text, calls: [], stop: "end", usage } };
  },
});

/** Letters and digits only: what stays the same however a text is laid out and cut. */
export const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");

/** What the bot said in a chat, in order. */
export const saidIn = (sim: FeishuSimulator, chat: Chat, topic?: string): readonly string[] =>
  sim.world.posts(chat, topic).map((message) => sim.world.visibleText(message));

/** All messages of the bot there, as letters. */
export const lettersIn = (sim: FeishuSimulator, chat: Chat, topic?: string): string =>
  lettersOf(saidIn(sim, chat, topic).join(""));

/** No card that people see is being typed on. */
export const isClosed = (sim: FeishuSimulator): boolean =>
  sim.world.openStreams().every(({ messageId }) => messageId === undefined || sim.world.message(messageId)?.recalled);

/** A long text in which each paragraph says which it is, so that none can be missing, doubled or out of order. */
export const paragraphs = (count: number, words: string): string =>
  Array.from({ length: count }, (_, index) => `Nr ${index}: ${words}`).join("\n\n");

/** A tool that takes until then. */
export const waitingTool = (name: string, opened: Promise<void>): Tool => ({
  name,
  description: "Waits.",
  parameters: { type: "object", properties: {} },
  capabilities: [],
  isRepeatable: true,
  run: async () => {
    await opened;
    return "done";
  },
});

/** A place where a test can let something go on. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}
