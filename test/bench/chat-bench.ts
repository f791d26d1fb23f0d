// Our program beside a bare bot, each on a simulated platform of its own: the same cases in turn, round by round, so that whatever else
// the machine does falls on both. Several processes of each, because two of one and the same program differ by up to a quarter.

import { loadavg } from "node:os";
import type { ChatReport } from "./chat-gauge.ts";
import { ChatLoad, type ChatRound } from "./chat-load.ts";
import type { ChatPlatform } from "./chat-platform.ts";
import { ChatProcess } from "./chat-process.ts";
import { FakeModelServer } from "./fake-model-server.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";

export interface ChatBenchOptions {
  /** Of each program, beside each other. */
  readonly processes: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly profile?: string | undefined;
  /** Only cases whose name holds this text. */
  readonly only?: string | undefined;
  readonly say: (line: string) => void;
}

export interface Contestant {
  readonly name: string;
  readonly program: string;
  readonly openPlatform: () => Promise<ChatPlatform>;
  /** The bare bot it is measured against, over the same transport. One without is a floor itself, and promises nothing. */
  readonly floor?: string;
}

export interface ChatFigures {
  readonly answered: number;
  readonly perSecond: number;
  readonly signMs: Percentiles;
  readonly toModelMs: Percentiles;
  readonly toAnswerMs: Percentiles;
  readonly cpuMsPerMention: number;
  readonly busyShare: number;
  readonly loopDelayMsP99: number;
  /** What the bench itself, platform and model included, used of its core: near 1 it was the bottleneck. */
  readonly benchBusyShare: number;
  readonly callsPerMention: Readonly<Record<string, number>>;
  readonly load: number;
}

export interface ChatMeasured {
  readonly case: string;
  readonly contestant: string;
  readonly floor: string | undefined;
  /** Of one process after the other. */
  readonly rounds: readonly ChatFigures[];
}

export interface ChatMeasurement {
  readonly measured: readonly ChatMeasured[];
  /** By contestant. */
  readonly lateAcks: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

interface Case {
  readonly name: string;
  /** The model, before it answers; taken off what an answer took. */
  readonly thinksMs?: number;
  readonly drive: (load: ChatLoad, seconds: number) => Promise<ChatRound>;
}

/** So few that the middle of them would be a matter of luck in a time that is enough for the others. */
const CALM_LASTS = 2;

const calmly: Case["drive"] = (load, seconds) => load.paced(10, seconds * CALM_LASTS);
const calmCases: readonly Case[] = [
  { name: "10 a second", drive: calmly },
  // Long enough that all that is shown meanwhile is shown, and all that is stored is stored.
  { name: "10 a second, a model that thinks", thinksMs: 100, drive: calmly },
];
const crowdCases: readonly Case[] = [50, 200].map((threads) => ({
  name: `${threads} threads`,
  drive: (load, seconds) => load.closed(threads, seconds),
}));
const cases = [...calmCases, ...crowdCases];

export const CALM: readonly string[] = calmCases.map(({ name }) => name);
export const CROWDS: readonly string[] = crowdCases.map(({ name }) => name);

const WARM_THREADS = 50;
const WARM_MENTIONS = 1_000;

interface Running {
  readonly contestant: Contestant;
  readonly platform: ChatPlatform;
  readonly bot: ChatProcess;
  readonly load: ChatLoad;
}

export async function measureChat(
  contestants: readonly Contestant[],
  options: ChatBenchOptions,
): Promise<ChatMeasurement> {
  const { processes, rounds, seconds, only = "", profile, say } = options;
  await using stack = new AsyncDisposableStack();
  const model = stack.use(await FakeModelServer.open());
  let messages = 0;
  const nextMessage = (): number => {
    messages += 1;
    return messages;
  };
  const running: Running[] = [];
  for (const contestant of Array.from({ length: processes }, () => contestants).flat()) {
    const { name, program, openPlatform } = contestant;
    const platform = stack.use(await openPlatform());
    const environment = { ...platform.environment, OPENAI_BASE_URL: model.baseUrl };
    const bot = stack.use(await ChatProcess.start({ program, environment, profile }));
    await platform.connect(bot.url);
    const load = new ChatLoad(platform, nextMessage);
    // The SDKs are loaded and the code compiled by then: as many mentions for each, however fast it is.
    say(`${name}: warming up`);
    for (let warm = 0; warm < WARM_MENTIONS; ) warm += (await load.closed(WARM_THREADS, seconds)).samples.length;
    running.push({ contestant, platform, bot, load });
  }
  const processesOf = (contestant: Contestant): readonly Running[] =>
    running.filter((each) => each.contestant === contestant);
  const measured: ChatMeasured[] = [];
  for (const one of cases.filter(({ name }) => name.includes(only))) {
    say(one.name);
    const figures = new Map<Running, ChatFigures[]>(running.map((each) => [each, []]));
    for (let round = 0; round < rounds; round += 1) {
      // Nobody is always the first.
      const order = running.map((_, n) => running[(n + round) % running.length]).filter((each) => each !== undefined);
      for (const each of order) figures.get(each)?.push(await measureRound(each, one, model, seconds));
    }
    for (const contestant of contestants) {
      const its = processesOf(contestant).flatMap((each) => figures.get(each) ?? []);
      measured.push({ case: one.name, contestant: contestant.name, floor: contestant.floor, rounds: its });
    }
  }
  const lateAcks = contestants.map((contestant) => {
    const late = processesOf(contestant).map(({ platform }) => platform.lateAcks());
    return [contestant.name, late.reduce((sum, one) => sum + one, 0)];
  });
  const bound = running.filter(({ contestant }) => contestant.floor !== undefined);
  const violations = bound.flatMap(({ contestant, platform }) =>
    platform.violations().map((broken) => `${contestant.name}: ${broken}`),
  );
  return { measured, lateAcks: Object.fromEntries(lateAcks), violations };
}

async function measureRound(
  { platform, bot, load }: Running,
  { drive, thinksMs = 0 }: Case,
  model: FakeModelServer,
  seconds: number,
): Promise<ChatFigures> {
  model.answered.clear();
  model.thinksMs = thinksMs;
  platform.callsSince();
  await bot.mark();
  const cpu = process.cpuUsage();
  const round = await drive(load, seconds);
  const { user, system } = process.cpuUsage(cpu);
  const report = await bot.report();
  const calls = platform.callsSince();
  return {
    ...toFigures(round, report, model.answered, thinksMs),
    benchBusyShare: (user + system) / 1_000 / round.tookMs,
    callsPerMention: Object.fromEntries(
      Object.entries(calls).map(([name, count]) => [name, count / round.samples.length]),
    ),
    load: loadavg()[0] ?? 0,
  };
}

function toFigures(
  { samples, tookMs }: ChatRound,
  { cpuMs, busyShare, loopDelayMsP99 }: ChatReport,
  answered: FakeModelServer["answered"],
  thinksMs: number,
): Omit<ChatFigures, "benchBusyShare" | "callsPerMention" | "load"> {
  const toModelMs = samples.flatMap(({ message, saidAt }) => {
    const model = answered.get(message);
    return model ? [model.at - saidAt] : [];
  });
  if (toModelMs.length < samples.length)
    throw new Error(`${samples.length - toModelMs.length} answers without a model request`);
  return {
    answered: samples.length,
    perSecond: (samples.length * 1_000) / tookMs,
    signMs: percentilesOf(samples.map(({ saidAt, signAt }) => signAt - saidAt)),
    toModelMs: percentilesOf(toModelMs),
    toAnswerMs: percentilesOf(samples.map(({ saidAt, answeredAt }) => answeredAt - saidAt - thinksMs)),
    cpuMsPerMention: cpuMs / samples.length,
    busyShare,
    loopDelayMsP99,
  };
}
