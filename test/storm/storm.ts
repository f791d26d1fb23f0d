// A storm over the whole app: many sessions, in each a conversation and four agents at work, and people who stop, steer, edit and take
// back as chance has it. Time is a fake clock that runs; the agents' programs are real processes.

import { setTimeout as realPause } from "node:timers/promises";
import { AppError } from "../../src/core/errors.ts";
import type { CompletedCall, ModelEvent, ModelProvider, ModelReply, ModelRequest } from "../../src/core/model.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { seededRandom } from "../crash/plan.ts";
import { buildersForTests } from "../support/agent-programs.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";
import { checkStorm, leftOver, type StormCounts } from "./storm-check.ts";

export interface StormOptions {
  readonly seed: number;
  readonly sessions: number;
  /** Of each session's people, after they called their agents. */
  readonly acts: number;
}

export interface StormReport {
  readonly counts: StormCounts;
  readonly violations: readonly string[];
}

const AGENTS = ["researcher", "coder", "planner"];
const PROGRAM = {
  name: "builder",
  command: ["bash", "-c", 'echo "begun $1"; sleep 0.1; echo "built $1"', "agent", "{{goal}}"],
};
const CONFIG = `
roles: { member: { users: ["*"], grants: ["*"] } }
approvals: { capabilities: [] }
`;
const PAUSE_MS_MAX = 400;
const STEP_MS = 20;
const WORK_MAX = 3;

type Random = () => number;
const oneOf = <T>(random: Random, all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];

export async function runStorm({ seed, sessions, acts }: StormOptions): Promise<StormReport> {
  const random = seededRandom(seed);
  const builders = await buildersForTests();
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on("warning", onWarning);
  try {
    await using bot = await startTestApp({
      programs: builders.programs,
      agents: [...AGENTS.map((name) => ({ name })), PROGRAM],
      config: CONFIG,
      tools: [work(random)],
      model: modelOf(random, (ms, signal) => pause(bot, ms, signal)),
    });
    const watchers = countWatchers(bot);
    let isOver = false;
    const time = (async () => {
      for (; !isOver; await realPause(1)) bot.clock.advance(STEP_MS);
    })();
    const rooms = Array.from({ length: sessions }, (_, n) => new Room(bot, `slack:room-${n}`, random));
    await Promise.all(rooms.map((room) => room.live(acts)));
    await bot.idle();
    isOver = true;
    await time;
    await bot.idle();
    const open = [...(await leftOver(bot)), ...watchers.left(), ...warnings];
    const { counts, broken } = checkStorm(bot);
    return { counts, violations: [...open, ...broken] };
  } finally {
    process.off("warning", onWarning);
    builders.remove();
  }
}

/** One conversation and what its people do in it. */
class Room {
  readonly #bot: TestApp;
  readonly #session: string;
  readonly #random: Random;
  readonly #keys: string[] = [];

  constructor(bot: TestApp, session: string, random: Random) {
    this.#bot = bot;
    this.#session = session;
    this.#random = random;
  }

  async live(acts: number): Promise<void> {
    const [spawned = "", ...called] = AGENTS.toSorted(() => this.#random() - 0.5);
    await this.#say(`q1 spawns ${spawned}`);
    await this.#say(`${called.map((name) => `@${name} look at ${name}`).join(" and ")} and @builder make it`);
    for (let n = 0; n < acts; n += 1) {
      await pause(this.#bot, this.#random() * PAUSE_MS_MAX, new AbortController().signal);
      await this.#act(n + 2);
    }
  }

  async #act(n: number): Promise<void> {
    const { app, chat, store } = this.#bot;
    const chance = this.#random();
    const key = oneOf(this.#random, this.#keys) ?? "";
    if (chance < 0.2) await this.#say(`q${n} plain`);
    else if (chance < 0.3) await this.#say(`q${n} spawns ${oneOf(this.#random, AGENTS)}`);
    else if (chance < 0.5) await this.#say(`@${oneOf(this.#random, AGENTS)}: more of ${n}`);
    else if (chance < 0.65) await chat.inbox.amend(key, `changed ${n} plain`);
    else if (chance < 0.8) await chat.inbox.withdraw(key);
    else if (chance < 0.85) await this.#say("/stop");
    else {
      const open = await store.tasks({ parentSession: this.#session, isOpen: true, limit: 20 });
      const task = oneOf(this.#random, open);
      if (task && chance < 0.92) await this.#say(`/stop ${task.id}`);
      else if (task) await app.runner.cancel(task.id);
    }
  }

  async #say(text: string): Promise<void> {
    const key = `${this.#session}:${this.#keys.length + 1}`;
    this.#keys.push(key);
    await this.#bot.say(text, { key, session: this.#session });
  }
}

/** Agents work a little and answer; turns spawn, tell more, wait, and answer. */
function modelOf(random: Random, wait: (ms: number, signal: AbortSignal) => Promise<void>): ModelProvider {
  return {
    name: "chance",
    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      await wait(random() * PAUSE_MS_MAX, signal);
      const reply = replyTo(request, random);
      if (reply.text !== "") yield { type: "text", text: reply.text };
      await wait(random() * PAUSE_MS_MAX, signal);
      yield { type: "reply", reply };
    },
  };
}

function replyTo({ items, system }: ModelRequest, random: Random): ModelReply {
  const asked = items.findLastIndex((item) => item.role === "person" && !item.text.startsWith("[system note]"));
  const question = items[asked];
  const text = question?.role === "person" ? question.text.replace(/^Ann: /, "") : "";
  const calls = items.slice(asked + 1).flatMap((item) => (item.role === "model" ? item.calls : []));
  const next = AGENTS.some((name) => system.includes(`You are ${name}.`))
    ? random() < 1 - calls.length / WORK_MAX && { name: "work", arguments: { after: items.length } }
    : nextOfTurn(text.split(" "), calls);
  if (!next) return { text: `answer to ${text.slice(0, 40)}`, calls: [], stop: "end", usage: NO_USAGE };
  const call = { name: next.name, argumentsText: JSON.stringify(next.arguments) };
  return { text: "I go on. ", calls: [call], stop: "calls", usage: NO_USAGE };
}

function nextOfTurn([, shape, agent]: readonly string[], calls: readonly CompletedCall[]) {
  if (shape !== "spawns") return undefined;
  const task = /task_\w+/.exec(calls[0]?.result ?? "")?.[0] ?? "none";
  const plan = [
    { name: "spawn_agent", arguments: { agent, goal: `help with it` } },
    { name: "send_to_agent", arguments: { task, text: "and more of it" } },
    { name: "wait_agents", arguments: { tasks: [task] } },
  ];
  return plan[calls.length];
}

const work = (random: Random): Tool => ({
  name: "work",
  description: "Takes its time.",
  capabilities: [],
  parameters: { type: "object" },
  run: async (_args, { clock, signal }) => {
    await pause({ clock }, random() * PAUSE_MS_MAX, signal);
    return "worked";
  },
});

/** Of the fake clock; leaves neither a timer nor a listener. */
function pause(
  { clock }: Pick<TestApp, "clock"> | { clock: Pick<TestApp["clock"], "after"> },
  ms: number,
  signal: AbortSignal,
) {
  return new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      cancelTimer();
      reject(signal.reason ?? new AppError("cancelled", "stopped"));
    };
    const cancelTimer = clock.after(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** Who watches a session and has not left. */
function countWatchers({ app: { live } }: TestApp): { readonly left: () => readonly string[] } {
  const watching = new Map<symbol, string>();
  const watch = live.watch;
  live.watch = (session, listener) => {
    const id = Symbol(session);
    const leave = watch(session, listener);
    watching.set(id, session);
    return () => {
      watching.delete(id);
      leave();
    };
  };
  return { left: () => [...watching.values()].map((session) => `somebody still watches ${session}`) };
}
