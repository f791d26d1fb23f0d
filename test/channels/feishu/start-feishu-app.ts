// The whole app over the real Feishu channel and a simulated platform: scripted model, real ledger, real sockets.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../../../src/app.ts";
import { createFeishuChannel } from "../../../src/channels/feishu/feishu-channel.ts";
import { parseConfig } from "../../../src/config/load-config.ts";
import type { Agent } from "../../../src/core/agent.ts";
import type { Channel } from "../../../src/core/channel.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { type Log, silentLog } from "../../../src/core/log.ts";
import type { ChatRules, FeishuSettings } from "../../../src/core/platform-settings.ts";
import type { Store } from "../../../src/core/store.ts";
import type { Tool } from "../../../src/core/tool.ts";
import { randomIds } from "../../../src/lib/system-clock.ts";
import {
  type FeishuSimulator,
  type FeishuSimulatorOptions,
  startFeishuSimulator,
} from "../../simulators/feishu/feishu-simulator.ts";
import { AwakeClock } from "../../support/awake-clock.ts";
import { FakeModel, type Script } from "../../support/fake-model.ts";
import { agentsFrom, testFacts } from "../../support/start-test-app.ts";
import { openTestLedger } from "../../support/test-ledger.ts";

export type Transport = "ws" | "webhook";

export interface FeishuAppOptions {
  readonly transport?: Transport;
  readonly model?: readonly Script[];
  readonly rules?: Partial<ChatRules>;
  readonly sim?: FeishuSimulatorOptions;
  /** Go on with the platform, or the ledger, of an earlier app. */
  readonly platform?: FeishuSimulator;
  readonly folder?: string;
  readonly settings?: Partial<FeishuSettings>;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly tools?: readonly Tool[];
  readonly agents?: readonly Partial<Agent>[];
  /** What the model says when its script is used up. */
  readonly fallback?: Script;
  /** YAML of signalbox.yaml. */
  readonly config?: string;
  /** A ledger with faults of its own. */
  readonly wrapStore?: (store: Store) => Store;
  /** Started later, by the test. */
  readonly isUnstarted?: boolean;
}

export interface FeishuApp extends AsyncDisposable {
  readonly sim: FeishuSimulator;
  readonly app: App;
  readonly store: Store;
  readonly model: FakeModel;
  readonly channel: Channel;
  readonly folder: string;
  /** Where it listens, without a path. */
  readonly url: string;
  /** Everything that was said is told, worked and answered. */
  idle(): Promise<void>;
  /** What the model was shown of people in its latest (or that) request, line by line. */
  shown(request?: number): string;
  /** The app ends; platform and ledger stay. */
  stop(drainMs?: number): Promise<void>;
}

export const CHAT_RULES: ChatRules = { scopes: { dm: "chat", group: "thread" }, mentionRequired: true, reactions: {} };

export function settingsOf(sim: FeishuSimulator, transport: Transport): FeishuSettings {
  const { appId, appSecret, domain, encryptKey, verificationToken } = sim;
  return {
    appId,
    appSecret,
    domain,
    transport: transport === "ws" ? { mode: "ws" } : { mode: "webhook", encryptKey, verificationToken },
  };
}

export async function startFeishuApp(options: FeishuAppOptions = {}): Promise<FeishuApp> {
  const { transport = "ws", clock = new AwakeClock(), log = silentLog } = options;
  const sim =
    options.platform ??
    (await startFeishuSimulator({ ...(options.clock ? {} : { clock }), delivery: transport, ...options.sim }));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "signalbox-feishu-"));
  const ledger = await openTestLedger(folder);
  const store = options.wrapStore?.(ledger) ?? ledger;
  const model = new FakeModel(options.model ?? [], { fallback: options.fallback ?? "(an answer)" });
  const target = { name: "fake/model", model: "model", provider: model, facts: testFacts };
  let channel: Channel | undefined;
  const config = parseConfig(`channels: { feishu: { grants: ["*"] } }\n${options.config ?? ""}`, "test.yaml");
  const app = createApp({
    config: () => config,
    store,
    models: () => ({ main: [target], cheap: [target] }),
    clock,
    ids: randomIds,
    random: () => 0.5,
    log,
    guard: { adminToken: undefined, host: "127.0.0.1" },
    port: 0,
    channels: [
      (parts) => {
        channel = createFeishuChannel({
          ...parts,
          settings: { ...settingsOf(sim, transport), ...options.settings },
          rules: { ...CHAT_RULES, ...options.rules },
          cardPauseMs: 20,
        });
        return channel;
      },
    ],
    tools: () => options.tools ?? [],
    agents: { current: () => agentsFrom(options.agents ?? []) },
  });
  if (!channel) throw new Error("the app made no channel");
  const url = await app.http.listen();
  if (transport === "webhook") sim.useWebhook(`${url}/feishu/events`);
  let stopping: Promise<void> | undefined;
  const stop = (drainMs = 0): Promise<void> => {
    stopping ??= app.stop(drainMs).then(() => store.close());
    return stopping;
  };
  const started: FeishuApp = {
    sim,
    app,
    store,
    model,
    channel,
    folder,
    url,
    idle: async () => {
      await sim.settled();
      await app.idle();
    },
    shown: (request = model.requests.length - 1) => shownText(model, request),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (!options.platform) await sim.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
  if (options.isUnstarted) return started;
  try {
    await app.start();
    const isUp = (): boolean => transport === "webhook" || sim.longConnection.connections.length > 0;
    if (channel.trouble() === undefined) await sim.until(isUp, { what: "the bot is connected" });
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
  return started;
}

function shownText(model: FakeModel, request: number): string {
  const items = model.requests[request]?.items ?? [];
  return items.flatMap((item) => ("text" in item && typeof item.text === "string" ? [item.text] : [])).join("\n");
}
