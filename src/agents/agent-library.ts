// The agents of the house, as the last look at `config/agents/` found them. A bad edit keeps the last good version, says what is
// wrong, and harms no other agent.

import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Agent, AgentProblem } from "../core/agent.ts";
import type { Log } from "../core/log.ts";
import { AgentFault, parseAgent } from "./parse-agent.ts";

export interface AgentChange {
  readonly agent: string;
  readonly action: "added" | "changed" | "removed";
  readonly hash: string;
}

export interface AgentLibrary {
  /** By name; a task keeps the value it began with. */
  current(): ReadonlyMap<string, Agent>;
  problems(): readonly AgentProblem[];
  reload(): Promise<readonly AgentChange[]>;
}

const AGENTS_MAX = 200;
const FILE_BYTES_MAX = 200_000;

export function createAgentLibrary({
  folder,
  roles,
  log,
}: {
  readonly folder: string;
  /** Model roles that are there. */
  readonly roles: () => readonly string[];
  readonly log: Log;
}): AgentLibrary {
  let current: ReadonlyMap<string, Agent> = new Map();
  let problems: readonly AgentProblem[] = [];
  let told = "";
  let reading: Promise<readonly AgentChange[]> = Promise.resolve([]);

  async function reload(): Promise<readonly AgentChange[]> {
    const files = (await namesIn(folder)).filter((name) => name.endsWith(".md") && !name.startsWith(".")).sort();
    const found = new Map<string, Agent>();
    const wrong: AgentProblem[] = [];
    for (const file of files.slice(0, AGENTS_MAX)) {
      const name = file.slice(0, -".md".length);
      try {
        const agent = await readAgent(file, name);
        const taken = [...found.values()].find((other) =>
          [other.name, ...other.aliases].some((one) => [name, ...agent.aliases].includes(one)),
        );
        if (taken) throw new AgentFault(`it shares a name or an alias with ${taken.name}`, 1);
        found.set(name, agent);
      } catch (error) {
        const last = current.get(name);
        if (last) found.set(name, last);
        wrong.push(problemOf(error, file, name));
      }
    }
    const changes = changesBetween(current, found);
    current = found;
    problems = wrong;
    tell();
    return changes;
  }

  async function readAgent(file: string, name: string): Promise<Agent> {
    const path = join(folder, file);
    const stats = await lstat(path);
    if (!stats.isFile()) throw new AgentFault("it is not a plain file", 1);
    if (stats.size > FILE_BYTES_MAX) throw new AgentFault(`it has over ${FILE_BYTES_MAX} bytes`, 1);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    return { ...parseAgent(text, name, roles()), hash };
  }

  function tell(): void {
    const now = JSON.stringify(problems);
    if (now === told) return;
    told = now;
    for (const { agent, place, message } of problems) {
      const kept = current.has(agent) ? "the last good version stays" : "it is not there";
      log.warn("an agent is not usable", { agent, place, message, kept });
    }
  }

  return {
    current: () => current,
    problems: () => problems,
    reload: () => {
      reading = reading.then(reload, reload);
      return reading;
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function problemOf(error: unknown, file: string, agent: string): AgentProblem {
  if (error instanceof AgentFault) return { agent, place: `${file}:${error.line}`, message: error.message };
  const why =
    error instanceof Error && "code" in error ? `it cannot be read (${String(error.code)})` : "it is not UTF-8 text";
  return { agent, place: file, message: why };
}

function changesBetween(before: ReadonlyMap<string, Agent>, after: ReadonlyMap<string, Agent>): readonly AgentChange[] {
  const changes: AgentChange[] = [];
  for (const [agent, { hash }] of after) {
    const old = before.get(agent);
    if (!old) changes.push({ agent, action: "added", hash });
    else if (old.hash !== hash) changes.push({ agent, action: "changed", hash });
  }
  for (const [agent, { hash }] of before) if (!after.has(agent)) changes.push({ agent, action: "removed", hash });
  return changes;
}
