// The road: from a POST to the answer on the event stream, through the real server over the real ledger. With the model behind
// HTTP and the vendor's SDK, and with a model that is a function, so that the road can be told from what the SDK costs.

import { FakeModelServer } from "./fake-model-server.ts";
import { Load, type Round } from "./load.ts";
import type { MarkReport, ModelPlace } from "./protocol.ts";
import type { Aim, Part } from "./report.ts";
import { ServerProcess } from "./server-process.ts";
import { postsRepeated } from "./session-client.ts";
import { type Percentiles, percentilesOf, shown, shownSpread, spreadOf, spreadOfPercentiles } from "./statistics.ts";

export interface RoadOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly profile?: string | undefined;
  /** Only cases whose name holds this text. */
  readonly only?: string | undefined;
  readonly say: (line: string) => void;
}

interface Case {
  readonly name: string;
  readonly model: ModelPlace;
  readonly sessions: number;
  readonly drive: (load: Load, seconds: number) => Promise<Round>;
}

const PACE = 100;
const ROAD_MS_AIM = 5;
const PER_SECOND_AIM = 300;
const closed = (load: Load, seconds: number): Promise<Round> => load.closed(seconds);
const paced = (load: Load, seconds: number): Promise<Round> => load.paced(PACE, seconds);
const burst = (load: Load): Promise<Round> => load.burst();

const cases: readonly Case[] = [
  { name: "SDK, 1 session", model: "over-http", sessions: 1, drive: closed },
  { name: "SDK, 50 sessions", model: "over-http", sessions: 50, drive: closed },
  { name: "SDK, 500 sessions", model: "over-http", sessions: 500, drive: closed },
  { name: `SDK, 500 sessions, ${PACE}/s`, model: "over-http", sessions: 500, drive: paced },
  { name: "SDK, 500 sessions, burst", model: "over-http", sessions: 500, drive: burst },
  { name: "function, 1 session", model: "in-process", sessions: 1, drive: closed },
  { name: "function, 50 sessions", model: "in-process", sessions: 50, drive: closed },
  { name: "function, 500 sessions", model: "in-process", sessions: 500, drive: closed },
];

interface RoundFigures {
  readonly answered: number;
  readonly perSecond: number;
  readonly storedMs: Percentiles;
  readonly toModelMs: Percentiles;
  readonly toAnswerMs: Percentiles;
  /** To the answer, less the time in which the model had the request. */
  readonly roadMs: Percentiles;
  readonly modelMs: Percentiles;
  readonly commitsPerMessage: number;
  readonly unitsPerCommit: number;
  readonly loopDelayMsP99: number;
  readonly cpuMsPerMessage: number;
  readonly busyShare: number;
  /** Connections opened to the model for a hundred requests. */
  readonly modelConnections: number;
  /** What the bench itself used of its core: near 1 it was the bottleneck. */
  readonly benchBusyShare: number;
}

export async function measureRoad(options: RoadOptions): Promise<Part> {
  const { only = "" } = options;
  const measured: { readonly name: string; readonly rounds: readonly RoundFigures[] }[] = [];
  for (const each of cases.filter(({ name }) => name.includes(only))) {
    options.say(`road: ${each.name}`);
    measured.push({ name: each.name, rounds: await measureCase(each, options) });
  }
  return {
    name: "road",
    title: "road: a message from its POST to its answer, durable, over the real ledger (rounds: median (min..max))",
    columns: [
      "",
      "answered/s",
      "ms to stored p50/95/99",
      "ms to model p50/95/99",
      "ms to answer p50/95/99",
      "road p50 ms",
      "commits/msg",
      "units/commit",
      "connections/100",
      "loop delay p99 ms",
      "CPU ms/msg",
      "busy",
      "bench busy",
    ],
    rows: measured.map(({ name, rounds }) => toRow(name, rounds)),
    notes: [
      "SDK: the OpenAI-compatible provider against a model server of zero delay in the bench's process; function: a model inside the server",
      "without a rate: closed loop, each session says the next thing when it has its answer, so above 1 session times are mostly waiting in line",
      "to stored: the 202; to model: the request reaches the model; to answer: execution_complete is read off the event stream",
      "road: to answer less the time between the request's arrival at the model and the last byte it wrote",
      "units: ledger transactions, which share commits; connections: opened to the model for 100 messages",
      "loop delay: beyond its tick; busy: share of the server's event loop in use, and of the bench's core",
      `${postsRepeated} posts had to be repeated because the server closed their idle connection at that moment`,
    ],
    aims: aimsOf(measured),
    figures: measured,
  };
}

async function measureCase(one: Case, { rounds, seconds, profile }: RoadOptions): Promise<readonly RoundFigures[]> {
  await using model = await FakeModelServer.open();
  await using server = await ServerProcess.start({ model: one.model, modelUrl: model.baseUrl, profile });
  using load = await Load.open(server.url, one.sessions);
  // The SDK is loaded and the code compiled by then.
  await load.closed(seconds);
  const figures: RoundFigures[] = [];
  for (let count = 0; count < rounds; count += 1) {
    model.answered.clear();
    model.connections = 0;
    await server.mark();
    const cpu = process.cpuUsage();
    const round = await one.drive(load, seconds);
    const { user, system } = process.cpuUsage(cpu);
    const report = await server.report();
    for (const [message, at, doneAt] of report.asked) model.answered.set(message, { at, doneAt });
    const benchBusyShare = (user + system) / 1_000 / round.tookMs;
    const modelConnections = (model.connections * 100) / round.samples.length;
    figures.push({ ...toFigures(round, report, model.answered), modelConnections, benchBusyShare });
  }
  return figures;
}

function toFigures(
  { samples, tookMs }: Round,
  report: MarkReport,
  answered: FakeModelServer["answered"],
): Omit<RoundFigures, "modelConnections" | "benchBusyShare"> {
  const whole = samples.flatMap((sample) => {
    const model = answered.get(sample.message);
    return model ? [{ ...sample, model }] : [];
  });
  if (whole.length < samples.length)
    throw new Error(`${samples.length - whole.length} answers without a model request`);
  return {
    answered: whole.length,
    perSecond: (whole.length * 1_000) / tookMs,
    storedMs: percentilesOf(whole.map((one) => one.acknowledgedAt - one.postedAt)),
    toModelMs: percentilesOf(whole.map((one) => one.model.at - one.postedAt)),
    toAnswerMs: percentilesOf(whole.map((one) => one.seenAt - one.postedAt)),
    roadMs: percentilesOf(whole.map((one) => one.seenAt - one.postedAt - (one.model.doneAt - one.model.at))),
    modelMs: percentilesOf(whole.map((one) => one.model.doneAt - one.model.at)),
    commitsPerMessage: report.commits / whole.length,
    unitsPerCommit: report.units / report.commits,
    loopDelayMsP99: report.loopDelayMsP99,
    cpuMsPerMessage: report.cpuMs / whole.length,
    busyShare: report.busyShare,
  };
}

function toRow(name: string, rounds: readonly RoundFigures[]): readonly string[] {
  const spread = (pick: (round: RoundFigures) => number) => spreadOf(rounds.map(pick));
  const median = (pick: (round: RoundFigures) => number): string => shown(spread(pick).median);
  const three = (pick: (round: RoundFigures) => Percentiles): string => {
    const { p50, p95, p99 } = spreadOfPercentiles(rounds.map(pick));
    return [p50, p95, p99].map((one) => shown(one.median)).join(" / ");
  };
  return [
    name,
    shownSpread(spread((round) => round.perSecond)),
    three((round) => round.storedMs),
    three((round) => round.toModelMs),
    three((round) => round.toAnswerMs),
    shownSpread(spread((round) => round.roadMs.p50)),
    median((round) => round.commitsPerMessage),
    median((round) => round.unitsPerCommit),
    median((round) => round.modelConnections),
    median((round) => round.loopDelayMsP99),
    median((round) => round.cpuMsPerMessage),
    `${median((round) => round.busyShare * 100)}%`,
    `${median((round) => round.benchBusyShare * 100)}%`,
  ];
}

function aimsOf(measured: readonly { readonly name: string; readonly rounds: readonly RoundFigures[] }[]): Aim[] {
  return measured.flatMap(({ name, rounds }) => {
    if (name === "SDK, 1 session") {
      const road = spreadOf(rounds.map((round) => round.roadMs.p50));
      const isMet = road.median < ROAD_MS_AIM;
      return [{ what: `road overhead p50 (${name})`, wanted: "< 5 ms", measured: `${shownSpread(road)} ms`, isMet }];
    }
    if (name !== "SDK, 50 sessions" && name !== "SDK, 500 sessions") return [];
    const rate = spreadOf(rounds.map((round) => round.perSecond));
    const isMet = rate.median > PER_SECOND_AIM;
    return [{ what: `answered a second (${name})`, wanted: "> 300/s", measured: `${shownSpread(rate)}/s`, isMet }];
  });
}
