// The whole app on a Slack of its own: the real channel over its real transport against the simulator, with a scripted model and a
// real ledger. Time is what this process lives of it, for the app and for Slack.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { type App, createApp } from "../../../src/app.ts";
import type { SocketTiming } from "../../../src/channels/slack/in/socket-timing.ts";
import { createSlackChannel } from "../../../src/channels/slack/slack-channel.ts";
import { parseConfig } from "../../../src/config/load-config.ts";
import type { Agent } from "../../../src/core/agent.ts";
import type { Buttons, Channel } from "../../../src/core/channel.ts";
import type { Clock } from "../../../src/core/clock.ts";
import type { Log } from "../../../src/core/log.ts";
import type { ChatRules } from "../../../src/core/platform-settings.ts";
import type { Store } from "../../../src/core/store.ts";
import type { Tool } from "../../../src/core/tool.ts";
import { randomIds } from "../../../src/lib/system-clock.ts";
import type { SlackSimulator, SlackSimulatorOptions } from "../../simulators/slack/slack-simulator.ts";
import { startSlackSimulator } from "../../simulators/slack/slack-simulator.ts";
import { AwakeClock } from "../../support/awake-clock.ts";
import { FakeModel, type Script } from "../../support/fake-model.ts";
import { agentsFrom, testFacts } from "../../support/start-test-app.ts";
import { openTestLedger } from "../../support/test-ledger.ts";

export interface SlackAppOptions {
  readonly transport?: "socket" | "http";
  /** What the model says; after that `fallback`, which is "Done." unless given. */
  readonly model?: readonly Script[];
  readonly fallback?: Script;
  readonly rules?: Partial<ChatRules>;
  readonly timing?: Partial<SocketTiming>;
  readonly tools?: readonly Tool[];
  readonly agents?: readonly Partial<Agent>[];
  /** YAML of signalbox.yaml. */
  readonly config?: string;
  /** A Slack that is there already, and is not ended with the app. */
  readonly sim?: SlackSimulator;
  readonly simulator?: SlackSimulatorOptions;
  /** Go on with the ledger of an earlier app. */
  readonly folder?: string;
  readonly clock?: Clock;
  readonly wrapStore?: (store: Store) => Store;
  /** Other credentials than the simulator's. */
  readonly botToken?: string;
  readonly appToken?: string;
}

export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const defaultRules: ChatRules = {
  scopes: { dm: "chat", group: "thread" },
  mentionRequired: true,
  reactions: {},
};

/** Impatient where waiting shows nothing. */
const quickTiming: Partial<SocketTiming> = { againMs: 10, againMsMax: 100, drainMs: 300, closeMs: 50, helloMs: 2_000 };

const CONFIG = 'channels: { slack: { grants: ["*"] } }\n';

export type SlackApp = Awaited<ReturnType<typeof startSlackApp>>;

export async function startSlackApp(options: SlackAppOptions = {}) {
  const clock = options.clock ?? new AwakeClock();
  const sim = options.sim ?? (await startSlackSimulator({ ...(options.clock ? {} : { clock }), ...options.simulator }));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "signalbox-slack-"));
  const ledger = await openTestLedger(folder);
  const store = options.wrapStore?.(ledger) ?? ledger;
  const model = new FakeModel(options.model ?? [], { fallback: options.fallback ?? "Done." });
  const target = { name: "fake/model", model: "model", provider: model, facts: testFacts };
  const lines: LoggedLine[] = [];
  let channel: Channel | undefined;
  let buttons: Buttons | undefined;
  const config = parseConfig(CONFIG + (options.config ?? ""), "test.yaml");
  const app = createApp({
    config: () => config,
    store,
    models: () => ({ main: [target], cheap: [target] }),
    clock,
    ids: randomIds,
    random: () => 0.5,
    log: collectingLog(lines),
    guard: { adminToken: undefined, host: "127.0.0.1" },
    port: 0,
    tools: () => options.tools ?? [],
    agents: { current: () => agentsFrom(options.agents ?? []) },
    channels: [
      (parts) => {
        buttons = parts.buttons;
        channel = createSlackChannel({
          ...parts,
          settings: {
            botToken: options.botToken ?? sim.botToken,
            apiUrl: sim.apiUrl,
            transport:
              options.transport === "http"
                ? { mode: "http", signingSecret: sim.signingSecret }
                : { mode: "socket", appToken: options.appToken ?? sim.appToken },
          },
          rules: { ...defaultRules, ...options.rules },
          timing: { ...quickTiming, ...options.timing },
          cardPauseMs: 20,
        });
        return channel;
      },
    ],
  });
  const server = options.transport === "http" ? await serve(app) : undefined;
  let isStopped = false;

  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    await app.stop(0);
    await store.close();
    await server?.close();
  }

  async function close(): Promise<void> {
    await stop();
    if (!options.sim) await sim.close();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }

  try {
    await app.start();
    if (server) await sim.deliverTo({ url: server.url });
  } catch (error) {
    await close();
    throw error;
  }
  if (!channel || !buttons) throw new Error("the app made no Slack channel");
  return {
    app,
    sim,
    store,
    model,
    folder,
    channel,
    buttons,
    lines,
    /** Where its events are taken over HTTP. */
    eventsUrl: server?.url ?? "",
    /** What a person said last in each request to the model, in order. */
    asked: (): readonly string[] => model.requests.map((request) => lastWords(request)),
    stop,
    [Symbol.asyncDispose]: close,
  };
}

function lastWords({ items }: FakeModel["requests"][number]): string {
  return items.findLast(({ role }) => role === "person")?.text ?? "";
}

async function serve(app: App) {
  const server = createServer(getRequestListener((request) => app.http.fetch(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/slack/events`, close };
}

function collectingLog(lines: LoggedLine[]): Log {
  const at =
    (level: LoggedLine["level"]) =>
    (event: string, fields: LoggedLine["fields"] = {}): void => {
      lines.push({ level, event, fields });
    };
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => log };
  return log;
}
