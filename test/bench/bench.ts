// `npm run bench [-- NAME ...] [--json FILE] [--quick]`: measures the real program against a model of zero delay and prints
// a table and one JSON object. It judges nothing but broken promises: a missed aim is printed, a violation is exit code 1.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureAgents } from "./agents.ts";
import { measureCompaction } from "./compaction.ts";
import { measureCrashes } from "./crash.ts";
import { measureFeishu } from "./feishu-bench.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { measureMemory } from "./memory.ts";
import { aimLines, type Part, partLines } from "./report.ts";
import { measureContext } from "./retention-bench.ts";
import { measureRoad } from "./road.ts";
import { measureRules } from "./rules.ts";
import { measureSandboxCost } from "./sandbox.ts";
import { runSearchBench } from "./search.ts";
import { closeConnections } from "./session-client.ts";
import { measureSlack } from "./slack-bench.ts";
import { measureStart } from "./start.ts";
import { measureStorm } from "./storm.ts";

const HELP = `npm run bench [-- NAME ...] [options]
  NAME             road, start, memory, context; and, only when named, slack, feishu, agents, storm, sandbox, rules, search, histories, crash, crash-mixed, crash-slack, crash-feishu
  --quick          shorter rounds, fewer sessions and runs: a look, not a measurement
  --json FILE      write the JSON there instead of printing it
  --rounds N       how often each case of road, start, slack and feishu is measured (default 3)
  --only TEXT      only the cases of road, slack and feishu whose name holds this text
  --profile DIR    write CPU profiles of the processes of road, slack and feishu there
  --kills N        crashes: how many kills (default 200)
  --histories N    histories: how many generated sessions are lived through (default 100000)
  --seed N         crashes, storm, context, histories: the seed (default 1)
  --parallel N     crashes: harnesses beside each other (default 1)
`;
const NAMES = [
  "road",
  "start",
  "memory",
  "context",
  "slack",
  "feishu",
  "agents",
  "storm",
  "sandbox",
  "rules",
  "search",
  "histories",
  "crash",
  "crash-mixed",
  "crash-slack",
  "crash-feishu",
] as const;
type Name = (typeof NAMES)[number];
/** These take minutes. */
const ONLY_WHEN_NAMED: readonly Name[] = [
  "slack",
  "feishu",
  "agents",
  "storm",
  "sandbox",
  "rules",
  "search",
  "histories",
  "crash",
  "crash-mixed",
  "crash-slack",
  "crash-feishu",
];
const BAD_USAGE = 2;
const COUNT_MAX = 1_000_000;
const QUICK_HISTORIES_MAX = 1_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      profile: { type: "string" },
      kills: { type: "string", default: "200" },
      histories: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      parallel: { type: "string", default: "1" },
    },
  });
  const unknown = positionals.filter((name) => !NAMES.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`there is no bench ${unknown.join(", ")}; known are ${NAMES.join(", ")}`);
  const chosen = NAMES.filter((name) =>
    positionals.length === 0 ? !ONLY_WHEN_NAMED.includes(name) : positionals.includes(name),
  );
  return {
    ...values,
    chosen,
    rounds: whole("rounds", values.rounds, 1),
    kills: whole("kills", values.kills, 1),
    histories: whole("histories", values.histories, 1),
    seed: whole("seed", values.seed, 0),
    parallel: whole("parallel", values.parallel, 1),
  };
}

function whole(name: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= COUNT_MAX) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${COUNT_MAX}, not ${text}`);
}

async function measure(name: Name, options: ReturnType<typeof readOptions>): Promise<readonly Part[]> {
  const { quick, rounds, profile, only, kills, histories, seed, parallel } = options;
  switch (name) {
    case "road":
      return [await measureRoad({ rounds, seconds: quick ? 1 : 3, profile, only, say })];
    case "start":
      return [await measureStart({ runs: rounds, say })];
    case "memory":
      return [await measureMemory({ fewSessions: 1_000, manySessions: quick ? 3_000 : 10_000, say })];
    case "context":
      return measureContext({ seed, quick, say });
    case "slack":
      return [await measureSlack({ processes: quick ? 1 : 3, rounds, seconds: quick ? 1 : 3, profile, only, say })];
    case "feishu":
      return [await measureFeishu({ processes: quick ? 1 : 3, rounds, seconds: quick ? 1 : 3, profile, only, say })];
    case "agents":
      return [await measureAgents({ quick })];
    case "storm":
      return [await measureStorm({ seed, quick })];
    case "sandbox":
      return [await measureSandboxCost()];
    case "rules":
      return [await measureRules()];
    case "search":
      return runSearchBench({ quick, say });
    case "histories":
      return [
        await measureCompaction({ histories: quick ? Math.min(histories, QUICK_HISTORIES_MAX) : histories, seed, say }),
      ];
    case "crash":
    case "crash-mixed":
    case "crash-slack":
    case "crash-feishu":
      return [await measureCrashes({ name, kills, seed, parallel, say })];
  }
}

async function main(options: ReturnType<typeof readOptions>): Promise<void> {
  const machine = describeMachine();
  say(machineLine(machine));
  const parts: Part[] = [];
  for (const name of options.chosen) parts.push(...(await measure(name, options)));
  closeConnections();
  const lines = [machineLine(machine), ...parts.flatMap(partLines), ...aimLines(parts)];
  process.stdout.write(`${lines.join("\n")}\n`);
  const figures = Object.fromEntries(parts.map((part) => [part.name, part.figures]));
  const json = JSON.stringify({ machine, aims: parts.flatMap((part) => part.aims), ...figures });
  if (options.json === undefined) process.stdout.write(`\n${json}\n`);
  else writeFileSync(options.json, `${json}\n`);
  if (parts.some((part) => (part.violations ?? []).length > 0)) process.exitCode = 1;
}

function optionsOrComplaint(): ReturnType<typeof readOptions> | string {
  try {
    return readOptions();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const options = optionsOrComplaint();
if (typeof options === "string") {
  say(`bench: ${options}\n${HELP}`);
  process.exitCode = BAD_USAGE;
} else if (options.help) process.stdout.write(HELP);
else await main(options);
