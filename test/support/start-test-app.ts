// The whole app with a scripted model, a fake clock and a pushing fake channel, over a real ledger in a folder of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, type AppParts, createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import type { Config } from "../../src/config/schema.ts";
import type { Agent } from "../../src/core/agent.ts";
import { type Log, silentLog } from "../../src/core/log.ts";
import type { ModelFacts, ModelProvider } from "../../src/core/model.ts";
import type { Programs } from "../../src/core/program.ts";
import type { SessionEvent, SessionEventBody } from "../../src/core/session-event.ts";
import type { Store } from "../../src/core/store.ts";
import type { Tool } from "../../src/core/tool.ts";
import type { ModelTarget } from "../../src/runtime/model-chain.ts";
import type { SkillLibrary } from "../../src/skills/skill-library.ts";
import type { FileSync } from "../../src/storage/log-sync.ts";
import { FakeChannel } from "./fake-channel.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeModel, type Script } from "./fake-model.ts";
import { openTestLedger } from "./test-ledger.ts";

export interface TestAppOptions {
  readonly model?: readonly Script[] | ModelProvider;
  /** Further targets of the fail-over chain. */
  readonly backups?: readonly ModelProvider[];
  readonly backupFacts?: Partial<ModelFacts>;
  /** Who writes summaries; the main model if absent. */
  readonly cheap?: ModelProvider;
  /** What is known of it, where that differs. */
  readonly cheapFacts?: Partial<ModelFacts>;
  readonly tools?: readonly Tool[];
  readonly skills?: SkillLibrary;
  /** Takes our own secrets and folders out of what tools find. */
  readonly withoutOurs?: (text: string) => string;
  readonly keepFile?: AppParts["keepFile"];
  readonly agents?: readonly Partial<Agent>[];
  readonly programs?: Programs;
  readonly redact?: (text: string) => string;
  /** YAML of signalbox.yaml. */
  readonly config?: string;
  /** Go on with the ledger of an earlier app. */
  readonly folder?: string;
  /** So much later than the first app begins. */
  readonly laterMs?: number;
  readonly log?: Log;
  readonly adminToken?: string;
  /** A ledger with faults of its own. */
  readonly wrapStore?: (store: Store) => Store;
  /** A disk of its own. */
  readonly fileSync?: FileSync;
}

const CHAT_CHANNEL = 'channels: { slack: { grants: ["*"] } }\n';

export const testFacts: ModelFacts = {
  contextTokens: 100_000,
  outputTokens: 4_000,
  inputUsd: 1,
  cachedInputUsd: 0.1,
  cacheWriteUsd: 1.25,
  outputUsd: 10,
};

const TURNS_MAX = 3_000;

export class TestApp implements AsyncDisposable {
  readonly app: App;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly model: FakeModel;
  readonly chat: FakeChannel;
  readonly folder: string;
  /** An edit of signalbox.yaml that is in force from now on. */
  readonly reconfigure: (yaml: string) => void;
  readonly #ownsFolder: boolean;
  #isStopped = false;

  constructor(parts: {
    app: App;
    store: Store;
    clock: FakeClock;
    model: FakeModel;
    chat: FakeChannel;
    folder: string;
    ownsFolder: boolean;
    reconfigure: (yaml: string) => void;
  }) {
    this.app = parts.app;
    this.store = parts.store;
    this.clock = parts.clock;
    this.model = parts.model;
    this.chat = parts.chat;
    this.folder = parts.folder;
    this.reconfigure = parts.reconfigure;
    this.#ownsFolder = parts.ownsFolder;
  }

  /** Ann says something in the chat. */
  say: FakeChannel["say"] = (text, message) => this.chat.say(text, message);

  idle = (): Promise<void> => this.app.idle();

  /** What the platform shows of the bot, in order. */
  get answers(): readonly string[] {
    return this.chat.posts.map((post) => post.text);
  }

  events(session = "slack:general"): Promise<readonly SessionEvent[]> {
    return this.store.eventsAfter(session, 0, 10_000);
  }

  async eventsOf<T extends SessionEventBody["type"]>(
    type: T,
    session?: string,
  ): Promise<readonly Extract<SessionEventBody, { type: T }>[]> {
    const events = await this.events(session);
    return events.flatMap(({ body }) => (body.type === type ? [body as Extract<SessionEventBody, { type: T }>] : []));
  }

  /** Moves time in steps until the condition holds, so that backoff and deadlines pass; returns how much was needed. */
  async until(condition: () => boolean, stepMs = 500): Promise<number> {
    let waitedMs = 0;
    for (let turns = 0; !condition(); turns += 1) {
      if (turns > TURNS_MAX) throw new Error(`still not so after ${waitedMs} ms of the fake clock`);
      this.clock.advance(stepMs);
      waitedMs += stepMs;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return waitedMs;
  }

  async stop(drainMs = 0): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const stopped = this.app.stop(drainMs);
    // The bound on draining is a timer like any other.
    const pump = setInterval(() => this.clock.advance(100), 1);
    await stopped.finally(() => clearInterval(pump));
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}

export const agentsFrom = (given: readonly Partial<Agent>[]): ReadonlyMap<string, Agent> =>
  new Map(
    given.map(({ name = "helper", ...more }) => [
      name,
      {
        name,
        description: `About ${name}.`,
        prompt: `You are ${name}.`,
        role: "main",
        aliases: [],
        hash: "1",
        ...more,
      },
    ]),
  );

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "signalbox-test-"));
  const clock = new FakeClock();
  clock.advance(options.laterMs ?? 0);
  // The fake clock must not run ahead of a disk that takes its time, which this one does not.
  const ledger = await openTestLedger(folder, 0, options.fileSync);
  const store = options.wrapStore?.(ledger) ?? ledger;
  const model = options.model && "stream" in options.model ? undefined : new FakeModel(options.model ?? []);
  const first = model ?? (options.model as ModelProvider);
  const toTarget = (provider: ModelProvider, facts: Partial<ModelFacts> = {}): ModelTarget => ({
    name: `${provider.name}/model`,
    model: "model",
    provider,
    facts: { ...testFacts, ...facts },
  });
  const backups = (options.backups ?? []).map((provider) => toTarget(provider, options.backupFacts));
  const targets = [toTarget(first), ...backups];
  let ids = 0;
  // Two apps on one ledger must not give out the same ids.
  const life = Math.random().toString(36).slice(2, 8);
  let chat: FakeChannel | undefined;
  const read = (yaml: string): Config => parseConfig(CHAT_CHANNEL + yaml, "test.yaml");
  let config = read(options.config ?? "");
  const models = { main: targets, cheap: options.cheap ? [toTarget(options.cheap, options.cheapFacts)] : targets };
  const app = createApp({
    config: () => config,
    store,
    models: () => models,
    clock,
    ids: {
      next: (prefix) => {
        ids += 1;
        return `${prefix}_${life}${ids}`;
      },
    },
    random: () => 0.5,
    log: options.log ?? silentLog,
    guard: { adminToken: options.adminToken, host: "127.0.0.1" },
    port: 0,
    channels: [
      (parts) => {
        chat = new FakeChannel(parts, "slack");
        return chat;
      },
    ],
    tools: () => options.tools ?? [],
    ...(options.withoutOurs ? { withoutOurs: options.withoutOurs } : {}),
    ...(options.keepFile ? { keepFile: options.keepFile } : {}),
    ...(options.skills ? { skills: options.skills } : {}),
    ...(options.programs ? { programs: options.programs } : {}),
    ...(options.redact ? { redact: options.redact } : {}),
    ...(options.agents ? { agents: { current: () => agentsFrom(options.agents ?? []) } } : {}),
  });
  await app.start();
  if (!chat) throw new Error("the app made no chat channel");
  return new TestApp({
    app,
    store,
    clock,
    model: model ?? new FakeModel([]),
    chat,
    folder,
    ownsFolder: options.folder === undefined,
    reconfigure: (yaml) => {
      config = read(yaml);
    },
  });
}
