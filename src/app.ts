// The whole program, put together: every part is named here and handed what it needs. Two of these can run in one process.

import { createDecide, createMayStop } from "./authority/decide.ts";
import { createWebChannel } from "./channels/web/web-channel.ts";
import type { Config } from "./config/schema.ts";
import { itemTokens, requestTokens } from "./context/request-tokens.ts";
import { DEFAULT_AGENT_PROMPT, systemPrompt } from "./context/system-prompt.ts";
import { familyOf } from "./context/token-family.ts";
import { createTokenGauge } from "./context/token-gauge.ts";
import type { Channel, ChannelParts, Inbox } from "./core/channel.ts";
import type { Clock, Ids, Random } from "./core/clock.ts";
import type { Live } from "./core/live.ts";
import type { Log } from "./core/log.ts";
import type { InboundMessage } from "./core/message.ts";
import type { ModelRequest } from "./core/model.ts";
import type { SaidStep } from "./core/step.ts";
import type { Store } from "./core/store.ts";
import type { Tool } from "./core/tool.ts";
import type { GuardOptions } from "./http/guard.ts";
import { createMetrics } from "./http/metrics.ts";
import { createHttpServer, type HttpServer } from "./http/server.ts";
import { createLogSearch } from "./memory/log-search.ts";
import { type AgentProfile, createAgentLoop, historyRoom } from "./runtime/agent-loop.ts";
import { createAttachments } from "./runtime/attachments.ts";
import { createButtons } from "./runtime/buttons.ts";
import { createCircuitBreaker } from "./runtime/circuit-breaker.ts";
import { createCommands } from "./runtime/commands.ts";
import { createCompactor } from "./runtime/compactor.ts";
import { createInbox } from "./runtime/inbox.ts";
import { createLiveBoard } from "./runtime/live.ts";
import { createModelChain, type ModelChain, type ModelTarget } from "./runtime/model-chain.ts";
import { createOutbox } from "./runtime/outbox.ts";
import { createSessionLine } from "./runtime/session-line.ts";
import { createTaskRunner, type TaskRunner } from "./runtime/task-runner.ts";
import { createToolExecutor } from "./runtime/tool-executor.ts";
import { currentTime } from "./tools/current-time.ts";
import { createRecall } from "./tools/recall.ts";

export interface AppParts {
  readonly config: Config;
  readonly store: Store;
  /** The fail-over chain of each model role; never empty for `main`. */
  readonly models: Readonly<Record<string, readonly ModelTarget[]>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly guard: GuardOptions;
  readonly port: number;
  /** The chat platforms. */
  readonly channels?: readonly ((parts: ChannelParts) => Channel)[];
  readonly tools?: readonly Tool[];
}

export interface App {
  readonly http: HttpServer;
  readonly inbox: Inbox;
  readonly runner: TaskRunner;
  readonly live: Live;
  /** Takes up what an earlier process left, connects the channels. */
  start(): Promise<void>;
  /** Takes nothing more in, lets running work end within the bound, then puts it back into the line. */
  stop(drainMs: number): Promise<void>;
  /** Resolves when nothing runs, waits to run, or waits to be sent. */
  idle(): Promise<void>;
}

const RECONCILE_MS = 30_000;
const WAITING_SESSIONS_MAX = 10_000;
const MAIN_ROLE = "main";
const CHEAP_ROLE = "cheap";
const DEFAULT_AGENT = "main";

export function createApp(parts: AppParts): App {
  const { config, store, clock, ids, random, log } = parts;
  const { queue, limits } = config;
  const metrics = createMetrics();
  const { meter } = metrics;
  const live = createLiveBoard();
  const channels = new Map<string, Channel>();

  const engine = createSessionLine({
    clock,
    slots: { "chat-turn": queue.running, "sub-agent": queue.running, cli: queue.running },
  });
  metrics.watch({ counts: store.counts, line: () => engine });
  const outbox = createOutbox({ store, channels, clock, random, log, meter });

  const executor = createToolExecutor({
    tools: [
      currentTime,
      createRecall({ findStep: store.step, search: createLogSearch(store) }),
      ...(parts.tools ?? []),
    ],
    decide: createDecide({ roles: config.roles, channels: config.channels }),
    limits,
    clock,
    meter,
  });
  const { profile, cheap } = createProfiles();
  const family = familyOf(parts.models[MAIN_ROLE]?.[0]?.name ?? "");
  const countFixed = (request: Pick<ModelRequest, "system" | "tools">): number =>
    requestTokens({ ...request, items: [] }, family);
  const gauge = createTokenGauge();
  const compactor = createCompactor({
    store,
    gauge,
    cheap,
    clock,
    log,
    compressAt: config.context.compressAt,
    keepRecentTokens: config.context.keepRecentTokens,
    summaryTokens: config.context.summaryTokens,
    speak,
    count: (item) => itemTokens(item, family),
  });
  const { budgetTokens } = config.context;
  const roomOf = ({ session, sender, channel }: InboundMessage): number => {
    const agent = profile(DEFAULT_AGENT, channel);
    const fixed = countFixed({ system: agent.system, tools: executor.offered(sender.id, channel) });
    return historyRoom(session, agent, fixed, { gauge, budgetTokens });
  };
  const agentLoop = createAgentLoop({
    store,
    live,
    executor,
    clock,
    ids,
    limits,
    attachments: createAttachments({ channels, clock }),
    compactor,
    gauge,
    budgetTokens,
    countFixed,
    whileBusy: queue.whileBusy,
    profile,
  });
  const runner = createTaskRunner({
    store,
    live,
    outbox,
    bodies: { "chat-turn": agentLoop, "sub-agent": agentLoop, cli: agentLoop },
    clock,
    random,
    log,
    meter,
    limits,
    whileBusy: queue.whileBusy,
    owner: ids.next("owner"),
  });
  const mayStop = createMayStop({ roles: config.roles });
  const inbox = createInbox({
    store,
    engine,
    outbox,
    live,
    commands: createCommands({
      store,
      clock,
      cancel: runner.cancel,
      mayStop,
      compact: (message, focus) => compactor.compact(message.session, roomOf(message), focus, leaving.signal),
      shareUsed: async (message) => Math.min(1, (await compactor.size(message.session)) / Math.max(1, roomOf(message))),
    }),
    clock,
    ids,
    log,
    meter,
    waitingPerSession: queue.waitingPerSession,
    cancel: runner.cancel,
  });
  const buttons = createButtons({ store, clock, ids, log, mayStop, cancel: runner.cancel });

  const web = createWebChannel({ inbox, store, cancel: runner.cancel, live, clock, ids, log });
  const forChannels: ChannelParts = { inbox, buttons, ledger: store, live, clock, ids, random, log };
  for (const channel of [web, ...(parts.channels ?? []).map((make) => make(forChannels))])
    channels.set(channel.name, channel);

  const http = createHttpServer({
    channels: [...channels.values()],
    troubles,
    metricsText: metrics.text,
    log,
    guard: parts.guard,
    port: parts.port,
  });

  /** The chain of each role is made once: the breakers remember which model rests. */
  function createProfiles(): {
    readonly profile: (agent: string, channel: string) => AgentProfile;
    readonly cheap: ModelChain;
  } {
    const breaker = createCircuitBreaker(clock);
    const chains = new Map<string, ModelChain>(
      Object.entries(parts.models).map(([role, targets]) => [
        role,
        createModelChain({ targets, breaker, limits, clock, random, meter }),
      ]),
    );
    const main = chains.get(MAIN_ROLE);
    if (!main) throw new Error("no model role main");
    return {
      profile: (_agent, channel) => ({
        system: systemPrompt({ agentPrompt: DEFAULT_AGENT_PROMPT, channel }),
        role: MAIN_ROLE,
        chain: main,
      }),
      cheap: chains.get(CHEAP_ROLE) ?? main,
    };
  }

  const leaving = new AbortController();
  let isStarted = false;
  let isStopping = false;

  async function troubles(): Promise<readonly string[]> {
    const found = [...channels.values()].flatMap((channel) => {
      const trouble = channel.trouble();
      return trouble === undefined ? [] : [`${channel.name}: ${trouble}`];
    });
    if (!isStarted) found.push("starting");
    if (isStopping) found.push("stopping");
    try {
      await store.probe();
    } catch (error) {
      log.error("ledger probe failed", { error });
      found.push("the ledger cannot be written");
    }
    return found;
  }

  /** Wakes every session that has something to do; harmless when it is awake already. */
  async function reconcile(): Promise<void> {
    for (const { session, kind } of await store.waitingSessions(WAITING_SESSIONS_MAX)) engine.wake(session, kind);
  }

  let cancelReconcile = (): void => {};
  function reconcileLater(): void {
    cancelReconcile = clock.after(RECONCILE_MS, () => {
      reconcile().catch((error: unknown) => log.error("reconcile failed", { error }));
      reconcileLater();
    });
  }

  return {
    http,
    inbox,
    runner,
    live,
    start: async () => {
      const released = await store.releaseAbandoned(ids.next("owner"));
      if (released > 0) log.info("taking up what was interrupted", { tasks: released });
      engine.start(runner.work);
      await outbox.start();
      await reconcile();
      reconcileLater();
      for (const channel of channels.values()) await channel.start();
      isStarted = true;
    },
    stop: async (drainMs) => {
      isStopping = true;
      cancelReconcile();
      for (const channel of channels.values()) await channel.stop();
      const stopped = engine.stop();
      await runner.drain(drainMs);
      await stopped;
      leaving.abort();
      await compactor.stop();
      await outbox.stop();
      await http.close();
      metrics.stop();
    },
    idle: async () => {
      await engine.idle();
      await outbox.idle();
    },
  };
}

/** On channels where one session has several people each line names its speaker. */
function speak(session: string): (said: SaidStep) => string {
  const isShared = !session.startsWith("web:") && !session.startsWith("terminal:");
  return (said) => (isShared ? `${said.sender.name}: ${said.text}` : said.text);
}
