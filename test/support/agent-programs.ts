// An agent `builder` that is a real program, run as the house runs them: in the machine's own sandbox; without any where the machine has
// none, which is said.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import type { Agent } from "../../src/core/agent.ts";
import type { Programs } from "../../src/core/program.ts";
import type { SessionEventBody } from "../../src/core/session-event.ts";
import type { Task } from "../../src/core/task.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { createAgentPrograms } from "../../src/tools/agent-programs.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import { SANDBOX_LIMITS, SYSTEM_PATH } from "../../src/tools/sandbox/sandbox.ts";
import { createWorkspaces } from "../../src/tools/workspace/workspaces.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "./start-test-app.ts";

const SCRIPT = readFileSync(resolve(import.meta.dirname, "../runtime/programs/agent.sh"), "utf8");
/** Much, and soon reached. */
const FLOOD_BYTES = 4 * 1024 ** 2;
const ALL = 'roles: { member: { users: ["*"], grants: ["*"] } }\napprovals: { capabilities: [] }';
const HEAD = "**@builder**\n\n";

/** Its goal begins with what it does: see `agent.sh`. */
export const builder: Partial<Agent> = { name: "builder", command: ["bash", "-c", SCRIPT, "agent", "{{goal}}"] };

/** Real processes take their time, on machines that are busy with other tests. */
export const TIMEOUT_MS = 60_000;
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: TIMEOUT_MS / 2 });

/** The latest task that was spawned there, as it is now. */
export async function taskOf({ store }: TestApp, session = "slack:general"): Promise<Task> {
  const [task] = await store.tasks({ parentSession: session, limit: 1 });
  if (!task) throw new Error("nothing was spawned");
  return task;
}

/** What was posted of what it found, without its name. */
export const resultsOf = ({ answers }: TestApp): readonly string[] =>
  answers.filter((text) => text.startsWith(HEAD)).map((text) => text.slice(HEAD.length));

export const ownEvents = async <T extends SessionEventBody["type"]>(bot: TestApp, type: T) =>
  bot.eventsOf(type, (await taskOf(bot)).session);

/** Its words, as they were committed. */
export const shownOf = async (bot: TestApp): Promise<string> =>
  (await ownEvents(bot, "text_end")).map(({ text }) => text).join("");

/** Its words, as they are being written. */
export const draftOf = async (bot: TestApp, session?: string): Promise<string | undefined> =>
  bot.app.live.draft((await taskOf(bot, session)).session)?.text;

export interface Builders {
  readonly programs: Programs;
  readonly isConfined: boolean;
  start(more?: TestAppOptions): Promise<TestApp>;
  /** What it answers to this. */
  ask(goal: string, more?: TestAppOptions): Promise<string | undefined>;
  /** A file of the workspace of a session. */
  fileOf(session: string, name: string): Promise<string>;
  remove(): void;
}

export async function buildersForTests(variables: Readonly<Record<string, string>> = {}): Promise<Builders> {
  const limits = { ...SANDBOX_LIMITS, floodBytes: FLOOD_BYTES };
  const wall = await openSandbox({ timers: systemClock, limits });
  if (!wall.isOn) console.warn(`Programs run without a sandbox in these tests: ${wall.reason}`);
  const choice = wall.isOn ? wall : await openSandbox({ timers: systemClock, limits, level: "none" });
  const folder = mkdtempSync(join(tmpdir(), "signalbox-programs-"));
  const workspaces = createWorkspaces({ folder: join(folder, "workspaces"), clock: systemClock });
  const programs = createAgentPrograms({
    choice: () => choice,
    workspaces,
    searchPath: SYSTEM_PATH,
    variable: (name) => variables[name],
    clock: systemClock,
  });
  const start: Builders["start"] = (more) => startTestApp({ programs, agents: [builder], config: ALL, ...more });
  return {
    programs,
    isConfined: wall.isOn,
    start,
    ask: async (goal, more) => {
      await using bot = await start(more);
      await bot.say(`@builder ${goal}`);
      await bot.idle();
      return resultsOf(bot).at(-1);
    },
    fileOf: async (session, name) => readFileSync(join((await workspaces.of(session)).folder, name), "utf8"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
