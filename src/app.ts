// The whole program, put together: every part is named here and handed what it needs. Two of these can run in one process.

import type { AgentLibrary } from "./agents/agent-library.ts";
import { createWebChannel } from "./channels/web/web-channel.ts";
import type { Config } from "./config/schema.ts";
import type { Agent } from "./core/agent.ts";
import type { Channel, ChannelParts, Inbox } from "./core/channel.ts";
import type { Clock, Ids, Random } from "./core/clock.ts";
import type { Limits } from "./core/limits.ts";
import type { Live } from "./core/live.ts";
import type { Log } from "./core/log.ts";
import { type McpDesk, NO_MCP } from "./core/mcp-desk.ts";
import { noPrograms, type Programs } from "./core/program.ts";
import type { Store } from "./core/store.ts";
import type { Tool } from "./core/tool.ts";
import type { GuardOptions } from "./http/guard.ts";
import { createMetrics } from "./http/metrics.ts";
import { troublesOf } from "./http/readiness.ts";
import { createHttpServer, type HttpServer } from "./http/server.ts";
import { asItIsNow } from "./lib/as-it-is-now.ts";
import { createApprovals } from "./runtime/approvals.ts";
import type { KeepFile } from "./runtime/attachments.ts";
import { createButtons } from "./runtime/buttons.ts";
import { createCommands } from "./runtime/commands.ts";
import { createInbox } from "./runtime/inbox.ts";
import { createLiveBoard } from "./runtime/live.ts";
import { createMcpCommand } from "./runtime/mcp-command.ts";
import { createOutbox } from "./runtime/outbox.ts";
import { createReconciler } from "./runtime/reconciler.ts";
import { createRemind } from "./runtime/remind.ts";
import { createSchedules } from "./runtime/schedules.ts";
import { createSessionCloser } from "./runtime/session-closer.ts";
import { createSessionLine } from "./runtime/session-line.ts";
import { createTaskRunner, type TaskRunner } from "./runtime/task-runner.ts";
import { createToolExecutor } from "./runtime/tool-executor.ts";
import type { SkillLibrary } from "./skills/skill-library.ts";
import { createAppTools } from "./wiring/app-tools.ts";
import { createAuthority } from "./wiring/authority.ts";
import { createCalledAgents } from "./wiring/called-agents.ts";
import { createConversationRoom } from "./wiring/conversation-room.ts";
import type { Models } from "./wiring/models.ts";
import { createSpending } from "./wiring/spending.ts";
import { createTaskBodies } from "./wiring/task-bodies.ts";

export interface AppParts {
  /** As it is now: it may be edited while the program runs. */
  readonly config: () => Config;
  readonly store: Store;
  readonly models: () => Models;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly guard: GuardOptions;
  readonly port: number;
  /** The chat platforms. */
  readonly channels?: readonly ((parts: ChannelParts) => Channel)[];
  /** Further tools, as they are now: they may be edited while the program runs. */
  readonly tools?: () => readonly Tool[];
  /** Puts what somebody attached where the session's tools find it. */
  readonly keepFile?: KeepFile;
  readonly agents?: Pick<AgentLibrary, "current">;
  readonly mcp?: McpDesk;
  /** What is wrong with files of the house besides skills, with place and mend. */
  readonly fileTroubles?: () => readonly string[];
  /** Takes secrets out of what is recorded or shown of tools. */
  readonly redact?: (text: string) => string;
  /** Takes our own secrets and folders out of what tools find. */
  readonly withoutOurs?: (text: string) => string;
  readonly skills?: Pick<SkillLibrary, "here" | "readFile">;
  /** Who runs the programs of agents. */
  readonly programs?: Programs;
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

/** A closed session holds a summary and what code carries beside it. */
const CLOSED_SUMMARIES = 4;
const asItWas = (text: string): string => text;

export function createApp(parts: AppParts): App {
  const { config, store, clock, ids, random, log, programs = noPrograms } = parts;
  const limitsNow = (): Limits => config().limits;
  const limits = asItIsNow(limitsNow);
  const metrics = createMetrics();
  const { meter } = metrics;
  const live = createLiveBoard();
  store.follow(live.committed);
  const channels = new Map<string, Channel>();
  const { redact = asItWas, withoutOurs = asItWas } = parts;

  const engine = createSessionLine({
    clock,
    slots: asItIsNow(() => {
      const { running } = config().queue;
      return { "chat-turn": running, "sub-agent": running, cli: running };
    }),
  });
  metrics.watch({ counts: store.counts, line: () => engine });
  const outbox = createOutbox({ store, channels, onSettled: live.changed, clock, random, log, meter });

  const authority = createAuthority(config, parts.skills, channels);
  const agents = (): ReadonlyMap<string, Agent> => parts.agents?.current() ?? new Map();
  const { spawner, steering, mentions } = createCalledAgents({
    ...{ store, engine, live, outbox, programs, agents, clock, ids, log },
    maySpawn: (person, channel) => authority.hasRight(person, channel, "agent.spawn"),
  });
  const builtIn = createAppTools({
    ...{ store, spawner, steering, live, agents, skills: parts.skills, schedules: () => schedules },
    cancel: (task) => runner.cancel(task),
  });
  const executor = createToolExecutor({
    tools: () => [...builtIn, ...(parts.tools?.() ?? [])],
    decide: authority.decide,
    limitsNow,
    clock,
    meter,
    redact,
    withoutOurs,
  });
  const approvals = createApprovals({
    store,
    clock,
    ids,
    log,
    get expiresHours() {
      return config().approvals.expiresHours;
    },
    mayApprove: authority.mayApprove,
    isPushed: outbox.isPushed,
    wake: ({ session, kind }) => {
      outbox.wake(session);
      engine.wake(session, kind);
    },
  });
  const { budget, told } = createSpending({ config, store, clock, isAdmin: authority.isAdmin });
  const room = createConversationRoom({
    ...{ config, models: parts.models, agents, skillsFor: authority.skillsFor },
    ...{ executor, limits, store, clock, random, log, meter, budget, approvals },
  });
  const { compactor, roomOf } = room;
  const bodyOf = createTaskBodies({
    ...{ ...room, config, channels, store, live, executor, approvals, clock, ids, limits, limitsNow },
    ...{ programs, agents, decide: authority.decide, redact, withoutOurs, outbox, keepFile: parts.keepFile },
  });
  const runner = createTaskRunner({
    store,
    live,
    outbox,
    bodyOf,
    clock,
    random,
    log,
    meter,
    limits,
    get whileBusy() {
      return config().queue.whileBusy;
    },
    owner: ids.next("owner"),
  });
  const schedules = createSchedules({
    ...{ store, clock, log, mayStop: authority.mayStop, timeZone: () => config().timeZone },
    accept: (message) => inbox.accept(message),
  });
  const inbox = createInbox({
    store,
    engine,
    outbox,
    live,
    agents,
    mentions,
    steering,
    commands: createCommands({
      store,
      steering,
      clock,
      cancel: runner.cancel,
      skills: ({ sender, channel }) => authority.skillsFor(sender.id, channel),
      agents,
      troubles: (person) => (authority.isAdmin(person) ? (parts.fileTroubles?.() ?? []) : []),
      mcp: createMcpCommand({ desk: parts.mcp ?? NO_MCP, isAdmin: authority.isAdmin, store, clock }),
      decide: approvals.decide,
      remind: createRemind({
        schedules,
        maySchedule: (person, channel) => authority.hasRight(person, channel, "schedule"),
      }),
      mayStop: authority.mayStop,
      compact: (message, focus) => compactor.compact(message.session, roomOf(message), focus, leaving.signal),
      shareUsed: async (message) => Math.min(1, (await compactor.size(message.session)) / Math.max(1, roomOf(message))),
      ...told,
    }),
    clock,
    ids,
    log,
    meter,
    get waitingPerSession() {
      return config().queue.waitingPerSession;
    },
    cancel: runner.cancel,
  });
  const buttons = createButtons({
    store,
    clock,
    ids,
    log,
    mayStop: authority.mayStop,
    cancel: runner.cancel,
    decide: approvals.decide,
  });

  const web = createWebChannel({ inbox, buttons, store, cancel: runner.cancel, redact, live, clock, ids, log });
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

  const leaving = new AbortController();
  let isStarted = false;
  let isStopping = false;

  async function troubles(): Promise<readonly string[]> {
    const phase = isStopping ? ["stopping"] : isStarted ? [] : ["starting"];
    return [...phase, ...(await troublesOf([...channels.values()], store, log))];
  }

  const sessionCloser = createSessionCloser({
    ...{ store, compactor, clock, log, idleHours: () => config().sessions.idleHours },
    closedTokens: () => config().context.summaryTokens * CLOSED_SUMMARIES,
  });
  const reconciler = createReconciler({ store, engine, approvals, clock, log });

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
      await reconciler.start();
      for (const channel of channels.values()) await channel.start();
      await schedules.start();
      sessionCloser.start();
      isStarted = true;
    },
    stop: async (drainMs) => {
      isStopping = true;
      reconciler.stop();
      schedules.stop();
      await sessionCloser.stop();
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
