// The measurements of a chat platform as a part of the bench: a row a contestant and case, and each contestant as a ratio of the bare
// bot, round by round, because both had the same machine in the same seconds.

import { CALM, type ChatFigures, type ChatMeasured, type ChatMeasurement, CROWDS } from "./chat-bench.ts";
import type { Aim, Part } from "./report.ts";
import { type Percentiles, type Spread, shown, shownSpread, spreadOf, spreadOfPercentiles } from "./statistics.ts";

export interface ChatReportParts {
  readonly name: string;
  readonly title: string;
  /** The platform takes no more messages a second of one bot: a floor above it is none. */
  readonly perSecondMax?: number;
  readonly notes: readonly string[];
}

const LATENCY_RATIO_AIM = 1.5;
const RATE_RATIO_AIM = 0.7;
const SIGN_MS_AIM = 200;

const COLUMNS = [
  "",
  "answered/s",
  "ms to sign p50/95",
  "ms to model p50/95",
  "ms to answer p50/95",
  "of the floor's ms",
  "of its rate",
  "of its CPU",
  "CPU ms/mention",
  "calls/mention",
  "loop delay p99 ms",
  "busy",
  "bench busy",
  "load",
];

export function chatPart(measurement: ChatMeasurement, parts: ChatReportParts): Part {
  const { measured, violations } = measurement;
  return {
    name: parts.name,
    title: `${parts.title} (rounds of each process: median (min..max))`,
    columns: COLUMNS,
    rows: measured.map((one) => [`${one.case}, ${one.contestant}`, ...cellsOf(one.rounds, floorOf(one))]),
    notes: [
      "10 a second: mentions come at that rate whether answers come or not; threads: each says the next thing when it has its answer, so times are mostly waiting in line",
      "to sign: the platform takes the first thing people see, to model: the request reaches the model; to answer: the platform takes the whole text",
      "of the floor's: ratio to the bare bot over the same transport in the same round; p50 to answer, answered a second, CPU a mention; 1 is as good as no durability at all",
      "CPU ms/mention: of the bot's process, until nothing is under way any more; bench busy: the simulators and the model, near 100% they are the bottleneck",
      "a model that thinks does so for 100 ms, which are taken off what an answer took",
      "otherwise the model answers at once: no answer is streamed unless it waits in line for more than 700 ms, so the price of streaming is not in these numbers",
      ...parts.notes,
    ],
    aims: measured.flatMap((one) => (one.floor === undefined ? [] : aimsOf(one))),
    figures: measurement,
    violations,
  };

  function floorOf({ case: name, contestant, floor = contestant }: ChatMeasured): readonly ChatFigures[] {
    return measured.find((one) => one.case === name && one.contestant === floor)?.rounds ?? [];
  }

  function aimsOf(one: ChatMeasured): readonly Aim[] {
    const floor = floorOf(one);
    const told = (what: string, wanted: string, spread: Spread, isMet: boolean, unit = ""): Aim => ({
      what: `${parts.name}, ${one.contestant}: ${what}`,
      wanted,
      measured: `${shownSpread(spread)}${unit}`,
      isMet,
    });
    if (CALM.includes(one.case)) {
      const latency = ratios(one.rounds, floor, (round) => round.toAnswerMs.p50);
      const sign = spreadOf(one.rounds.map((round) => round.signMs.p95));
      return [
        told(
          `mention to answer, ${one.case}, of the bare bot's p50`,
          `<= ${LATENCY_RATIO_AIM}`,
          latency,
          latency.median <= LATENCY_RATIO_AIM,
        ),
        told(`first visible sign, ${one.case}, p95`, `< ${SIGN_MS_AIM} ms`, sign, sign.median < SIGN_MS_AIM, " ms"),
      ];
    }
    if (!CROWDS.includes(one.case)) return [];
    const { perSecondMax = Number.POSITIVE_INFINITY } = parts;
    const isCapped = floor.some((round) => round.perSecond > perSecondMax);
    const rate = ratios(one.rounds, floor, (round) => Math.min(round.perSecond, perSecondMax));
    const what = `answered a second in ${one.case}, of ${isCapped ? `the platform's ${perSecondMax}` : "the bare bot's"}`;
    return [told(what, `>= ${RATE_RATIO_AIM}`, rate, rate.median >= RATE_RATIO_AIM)];
  }
}

function ratios(
  rounds: readonly ChatFigures[],
  floor: readonly ChatFigures[],
  pick: (round: ChatFigures) => number,
): Spread {
  const pairs = rounds.flatMap((round, n) => {
    const other = floor[n];
    return other ? [pick(round) / pick(other)] : [];
  });
  return spreadOf(pairs);
}

function cellsOf(rounds: readonly ChatFigures[], floor: readonly ChatFigures[]): readonly string[] {
  const spread = (pick: (round: ChatFigures) => number): Spread => spreadOf(rounds.map(pick));
  const median = (pick: (round: ChatFigures) => number): string => shown(spread(pick).median);
  const ratio = (pick: (round: ChatFigures) => number): string => shown(ratios(rounds, floor, pick).median);
  const two = (pick: (round: ChatFigures) => Percentiles): string => {
    const { p50, p95 } = spreadOfPercentiles(rounds.map(pick));
    return `${shown(p50.median)} / ${shown(p95.median)}`;
  };
  const calls = (round: ChatFigures): number => Object.values(round.callsPerMention).reduce((sum, one) => sum + one, 0);
  return [
    shownSpread(spread((round) => round.perSecond)),
    two((round) => round.signMs),
    two((round) => round.toModelMs),
    two((round) => round.toAnswerMs),
    ratio((round) => round.toAnswerMs.p50),
    ratio((round) => round.perSecond),
    ratio((round) => round.cpuMsPerMention),
    median((round) => round.cpuMsPerMention),
    median(calls),
    median((round) => round.loopDelayMsP99),
    `${median((round) => round.busyShare * 100)}%`,
    `${median((round) => round.benchBusyShare * 100)}%`,
    median((round) => round.load),
  ];
}

/** Not a broken promise alone: how long a busy machine takes is in it. */
export function lateAckNotes({ lateAcks }: ChatMeasurement): readonly string[] {
  return Object.entries(lateAcks)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}: ${count} events were acknowledged later than the 3 s the platform allows`);
}
