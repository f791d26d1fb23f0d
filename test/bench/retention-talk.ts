// A long conversation about nothing in particular, as teams have them with a bot: questions, thanks, logs, tables, file lists.
// Facts are planted in it by whoever asks.

import type { JsonObject } from "../../src/core/json.ts";
import type { CallResult } from "../../src/core/step.ts";
import type { Seeded } from "../context/seeded.ts";
import type { Fact, Tongue } from "./retention-facts.ts";
import { output } from "./retention-output.ts";
import { ANSWERED, ASKED, FAILED, MODULES, NAME_PARTS, type Phrases, STATED, THINGS } from "./retention-phrases.ts";

export interface Planted {
  readonly turn: number;
  readonly fact: Fact;
  /** What is said or shown here: the fact, or what replaces it. */
  readonly isUpdate: boolean;
}

export interface TalkOptions {
  readonly tongue: Tongue;
  readonly turns: number;
  readonly planted: readonly Planted[];
  /** Stands in one tool result; nobody may ever read it as an instruction. */
  readonly poison: string;
  /** Of the messages: those in which people state something of no importance. */
  readonly statedShare: number;
  /** Calls in a turn that uses tools, at most. */
  readonly callsMax: number;
}

export interface Turn {
  readonly speaker: string;
  readonly text: string;
  readonly rounds: readonly Round[];
  readonly answer: string;
}

/** A reply that asks for one tool, and what came back. */
export interface Round {
  readonly text: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly result: CallResult;
}

const TOOLS = ["read_log", "query", "list_files", "web_search"] as const;
const PLANTED_IN_TOOLS: readonly Fact["type"][] = ["uuid", "number"];
const TOOLS_SHARE = 0.6;

export const makeTalk = (seeded: Seeded, options: TalkOptions): readonly Turn[] =>
  Array.from({ length: options.turns }, (_, place) => makeTurn(seeded, options, place + 1));

function makeTurn(seeded: Seeded, options: TalkOptions, turn: number): Turn {
  const { tongue, turns, planted, poison, callsMax } = options;
  const here = planted.filter((one) => one.turn === turn);
  const inTools = here.filter(({ fact }) => PLANTED_IN_TOOLS.includes(fact.type)).map(({ fact }) => fact.text);
  if (turn === Math.floor(turns / 2)) inTools.push(poison);
  const failures = here.filter(({ fact }) => fact.type === "failure").map(({ fact }) => fact);
  const said = here.flatMap(({ fact, isUpdate }) =>
    PLANTED_IN_TOOLS.includes(fact.type) || fact.type === "failure"
      ? []
      : [isUpdate ? (fact.update?.text ?? "") : fact.text],
  );
  const speaker = seeded.pick(["Ann", "Bo", "李雷"]);
  const text = mixed(seeded, options, said);
  const calls = seeded.chance(TOOLS_SHARE) ? seeded.whole(1, callsMax) : 0;
  const idle = Math.max(0, calls - inTools.length - failures.length);
  return {
    speaker,
    text,
    rounds: [
      ...inTools.map((line) => ordinary(seeded, tongue, line)),
      ...failures.map((fact) => failing(seeded, tongue, fact)),
      ...Array.from({ length: idle }, () => ordinary(seeded, tongue)),
    ],
    answer: Array.from({ length: seeded.whole(1, 4) }, () => sentence(seeded, tongue, ANSWERED)).join(""),
  };
}

function ordinary(seeded: Seeded, tongue: Tongue, planted?: string): Round {
  const isFailed = planted === undefined && seeded.chance(0.08);
  return {
    text: remark(seeded, tongue),
    tool: seeded.pick(TOOLS),
    arguments: { about: seeded.pick(MODULES), page: seeded.whole(1, 9) },
    result: isFailed
      ? { status: "error", text: sentence(seeded, tongue, FAILED) }
      : { status: "ok", text: output(seeded, tongue, planted) },
  };
}

const failing = (seeded: Seeded, tongue: Tongue, { text, error = "" }: Fact): Round => ({
  text: remark(seeded, tongue),
  tool: "run_command",
  arguments: { command: text },
  result: { status: "error", text: error },
});

const remark = (seeded: Seeded, tongue: Tongue): string =>
  seeded.chance(0.3) ? sentence(seeded, tongue, ANSWERED) : "";

function mixed(seeded: Seeded, options: TalkOptions, facts: readonly string[]): string {
  const { tongue } = options;
  const parts = facts.length === 0 || seeded.chance(0.5) ? [talk(seeded, options)] : [];
  for (const fact of facts) parts.push(fact, ...(seeded.chance(0.4) ? [talk(seeded, options)] : []));
  const said = parts.join(tongue === "zh" ? "" : " ");
  // People paste what they see.
  return seeded.chance(0.1) ? `${said}\n${output(seeded, tongue, undefined)}` : said;
}

function talk(seeded: Seeded, { tongue, statedShare }: TalkOptions): string {
  // Now and then somebody writes a page.
  const stated = seeded.chance(statedShare / 15)
    ? seeded.whole(10, 25)
    : seeded.chance(statedShare)
      ? seeded.whole(1, 2)
      : 0;
  const asked = stated === 0 || seeded.chance(0.5) ? [sentence(seeded, tongue, ASKED)] : [];
  return [...Array.from({ length: stated }, () => sentence(seeded, tongue, STATED)), ...asked].join("");
}

const sentence = (seeded: Seeded, tongue: Tongue, from: Phrases): string =>
  seeded
    .pick(from[tongue])
    .replaceAll("{k}", () => String(seeded.whole(2, 900)))
    .replaceAll("{d}", () => String(seeded.whole(10, 28)))
    .replaceAll("{m}", () => seeded.pick(MODULES))
    .replaceAll("{o}", () => seeded.pick(THINGS[tongue]))
    .replaceAll("{p}", () => nameOf(seeded, tongue));

/** A few hundred people: most are named once or twice. */
function nameOf(seeded: Seeded, tongue: Tongue): string {
  const name = Array.from({ length: tongue === "zh" ? 3 : 2 }, () => seeded.pick(NAME_PARTS[tongue])).join("");
  return name.charAt(0).toUpperCase() + name.slice(1);
}
