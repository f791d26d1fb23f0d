// Session logs as they could have been: several people and languages, parallel calls, failures, stops, images, huge texts, empty
// replies, a task that still runs. The same seed gives the same log.

import type { Image } from "../../src/core/message.ts";
import { NO_USAGE, type VendorReplay } from "../../src/core/model.ts";
import type { CallResult, CallStatus, CallStep, SaidStep, Step, StepBody } from "../../src/core/step.ts";
import { createSeeded, type Seeded, type Tongue, textOf } from "./seeded.ts";

export interface History {
  readonly session: string;
  /** What was written in one commit each: what somebody said, a reply with its calls, a note, an end. */
  readonly commits: readonly (readonly Step[])[];
}

export interface HistorySize {
  readonly turnsMax: number;
  readonly callsMax: number;
  /** Of the longest texts. */
  readonly charsMax: number;
  /** One task under way, asked for and steered in many messages, by a model that talks and calls at once. */
  readonly isOneTask?: boolean;
}

const ORDINARY: HistorySize = { turnsMax: 12, callsMax: 32, charsMax: 40_000 };
const RESULT_CHARS_MAX = 20_000;
const PEOPLE = ["Ann", "李雷", "Zoë 🦊"] as const;
const TONGUES = ["en", "zh", "mixed", "en", "zh", "odd"] as const satisfies readonly Tongue[];
/** One pixel: the header of a real file, so that its size can be read. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const IMAGE: Image = { mediaType: "image/png", base64: PNG };
const UNREADABLE_IMAGE: Image = { mediaType: "image/webp", base64: "AAAA" };

export function generateHistory(seed: number, size = ORDINARY): History {
  const seeded = createSeeded(seed);
  const session = seeded.chance(0.5) ? "slack:general" : "web:local";
  const commits: Step[][] = [];
  let seq = 0;
  const tongue = seeded.pick(TONGUES);
  const turns = seeded.whole(1, size.turnsMax);
  for (let turn = 1; turn <= turns; turn += 1) {
    let n = 0;
    const commit: Commit = (...bodies) => {
      commits.push(
        bodies.map((body) => {
          seq += 1;
          n += 1;
          return { session, seq, task: `task_${turn}`, n, at: seq * 1_000, body };
        }),
      );
    };
    const maker = { seeded, tongue: seeded.chance(0.8) ? tongue : seeded.pick(TONGUES), size, turn };
    if (size.isOneTask) addLongTask(maker, commit);
    else addTurn(maker, commit, turn === turns && seeded.chance(0.5));
  }
  return { session, commits };
}

interface Maker {
  readonly seeded: Seeded;
  readonly tongue: Tongue;
  readonly size: HistorySize;
  readonly turn: number;
}

type Commit = (...bodies: readonly StepBody[]) => void;

function addLongTask(maker: Maker, commit: Commit): void {
  const { seeded } = maker;
  const beSpokenTo = (most: number): void => {
    for (let count = seeded.whole(1, most); count > 0; count -= 1) commit(said(maker));
  };
  beSpokenTo(5);
  for (let round = seeded.whole(1, 8); round > 0; round -= 1) {
    if (seeded.chance(0.2)) beSpokenTo(3);
    const words = text(maker, seeded.chance(0.3) ? seeded.whole(200, 3_000) : seeded.whole(0, 200));
    commit(reply(maker, words), ...calls(maker, round));
  }
}

function addTurn(maker: Maker, commit: Commit, isRunning: boolean): void {
  const { seeded } = maker;
  for (let count = seeded.chance(0.1) ? 3 : 1; count > 0; count -= 1) commit(said(maker));
  // Most turns call few tools; now and then one goes on for long.
  const rounds = seeded.chance(0.1) ? seeded.whole(5, 25) : seeded.whole(0, 3);
  for (let round = 0; round < rounds; round += 1) {
    commit(reply(maker, seeded.chance(0.4) ? "" : text(maker, 200)), ...calls(maker, round));
    if (seeded.chance(0.04)) commit({ kind: "note", text: text(maker, 120) });
    if (seeded.chance(0.04)) commit(said(maker));
  }
  if (isRunning) return;
  if (seeded.chance(0.1)) {
    const state = seeded.chance(0.5) ? "failed" : "cancelled";
    commit({ kind: "end", state, text: text(maker, seeded.chance(0.2) ? 9_000 : 100) });
  } else commit(reply(maker, seeded.chance(0.05) ? "" : text(maker, seeded.chance(0.1) ? 6_000 : 500)));
}

function said(maker: Maker): SaidStep {
  const { seeded } = maker;
  const name = seeded.pick(PEOPLE);
  const chars = seeded.chance(0.06) ? seeded.whole(400, 40_000) : seeded.whole(0, 399);
  const images = seeded.chance(0.06) ? [seeded.chance(0.7) ? IMAGE : UNREADABLE_IMAGE, IMAGE] : undefined;
  return {
    kind: "said",
    message: `message_${maker.turn}`,
    sender: { id: `slack:${name}`, name },
    text: text(maker, chars, 1),
    ...(images ? { images } : {}),
  };
}

function reply(maker: Maker, replyText: string): StepBody {
  const replay = maker.seeded.chance(0.15) ? replayOf(maker) : undefined;
  const isCut = maker.seeded.chance(0.03);
  return {
    kind: "reply",
    text: replyText,
    model: "fake/model",
    usage: NO_USAGE,
    ...(isCut ? { isCut } : {}),
    ...(replay ? { replay } : {}),
  };
}

function replayOf(maker: Maker): VendorReplay {
  const thinking = text(maker, maker.seeded.chance(0.1) ? 8_000 : 300);
  return maker.seeded.chance(0.5)
    ? { provider: "openai", content: { reasoning_content: thinking } }
    : { provider: "anthropic", content: { blocks: [{ type: "thinking", thinking, signature: "c2ln" }] } };
}

function calls(maker: Maker, round: number): readonly CallStep[] {
  const { seeded, size, turn } = maker;
  const count = seeded.chance(0.02) ? size.callsMax : seeded.chance(0.25) ? seeded.whole(2, 6) : 1;
  return Array.from({ length: count }, (_, place) => ({
    kind: "call",
    id: `call_${turn}_${round}_${place}`,
    name: seeded.pick(["read_file", "search", "run_query"]),
    arguments: seeded.chance(0.03)
      ? { path: "/srv/report.md", content: text(maker, 9_000), lines: [text(maker, 3_000)] }
      : { query: text(maker, 40), page: round },
    result: result(maker),
  }));
}

function result(maker: Maker): CallResult {
  const { seeded } = maker;
  const chars = seeded.chance(0.08)
    ? RESULT_CHARS_MAX
    : seeded.chance(0.3)
      ? seeded.whole(600, 4_000)
      : seeded.whole(0, 600);
  const status: CallStatus = seeded.chance(0.8) ? "ok" : seeded.pick(["error", "denied", "unknown", "cancelled"]);
  return { status, text: text(maker, status === "ok" ? chars : chars % 1_500) };
}

const text = (maker: Maker, chars: number, min = 0): string =>
  textOf(maker.seeded, Math.min(maker.size.charsMax, Math.max(min, chars)), maker.tongue);

/** The log after so many commits; the calls of the last one may still be waiting for their results. */
export function stepsAfter({ commits }: History, count: number, isOpen: boolean): readonly Step[] {
  const steps = commits.slice(0, count).flat();
  const open = new Set(isOpen ? commits[count - 1] : []);
  return steps.map((step) => (open.has(step) && step.body.kind === "call" ? withoutResult(step, step.body) : step));
}

function withoutResult(step: Step, { result: _result, ...body }: CallStep): Step {
  return { ...step, body };
}
