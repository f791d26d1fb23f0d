// What the rules cost: a decision about one call, reading two hundred skills anew, and how long an edit of one takes to be in force.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDecide } from "../../src/authority/decide.ts";
import { configSchema } from "../../src/config/schema.ts";
import { silentLog } from "../../src/core/log.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { watchFolders } from "../../src/lib/watch-folders.ts";
import { createSkillLibrary, type SkillLibrary } from "../../src/skills/skill-library.ts";
import type { Part } from "./report.ts";
import { type Percentiles, percentilesOf, shown } from "./statistics.ts";

const SKILLS = 200;
const RELOADS = 20;
const EDITS = 20;
const DECISIONS = 20_000;
const AIMS = { decisionMs: 0.1, reloadMs: 300, effectMs: 1_000 };

export async function measureRules(): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-rules-"));
  try {
    writeAll(folder, "first");
    const skills = createSkillLibrary({ folder, log: silentLog, hasBin: () => true, hasEnv: () => true });
    await skills.reload();
    const decision = decisions();
    const reload = await reloads(skills, () => {});
    // None of them is known already.
    const reloadNew = await reloads(skills, (n) => writeAll(folder, `again ${n}`));
    const effect = await edits(folder, skills);
    const row = (name: string, { p50, p95, max }: Percentiles): string[] => [name, shown(p50), shown(p95), shown(max)];
    const aim = (what: string, most: number, measured: number) => ({
      what,
      wanted: `< ${most} ms`,
      measured: `${shown(measured)} ms`,
      isMet: measured < most,
    });
    return {
      name: "rules",
      title: "rules: decisions, skills read anew, edits until they are in force; milliseconds",
      columns: ["", "p50", "p95", "max"],
      rows: [
        row("a decision", decision),
        row(`${SKILLS} skills read anew, none changed`, reload),
        row(`${SKILLS} skills read anew, all changed`, reloadNew),
        row(`an edit, of ${SKILLS} skills`, effect),
      ],
      notes: ["a decision: two roles of three hundred people, a bound of an agent and of a skill, consent asked"],
      aims: [
        aim("decision, p95", AIMS.decisionMs, decision.p95),
        aim(`reload of ${SKILLS} skills, all changed, p95`, AIMS.reloadMs, reloadNew.p95),
        aim("edit to effect, p95", AIMS.effectMs, effect.p95),
      ],
      figures: { decision, reload, reloadNew, effect },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeAll(folder: string, words: string): void {
  for (let n = 0; n < SKILLS; n += 1) write(folder, n, words);
}

function write(folder: string, n: number, words: string): void {
  const name = `skill-${n}`;
  mkdirSync(join(folder, name), { recursive: true });
  const body = `${words}: ${"do this, then that, and say what came of it. ".repeat(60)}`;
  writeFileSync(join(folder, name, "SKILL.md"), `---\nname: ${name}\ndescription: About ${name}.\n---\n${body}\n`);
}

function decisions(): Percentiles {
  const people = Array.from({ length: 300 }, (_, n) => `slack:U${n}`);
  const config = configSchema.parse({
    roles: { admin: { users: people, grants: ["*"] }, member: { users: ["*"], grants: ["fs.*", "net.fetch"] } },
    channels: { slack: { grants: ["*"] } },
  });
  const decide = createDecide({ ...config, approvals: config.approvals.capabilities });
  const bounds = [
    { by: "the agent a", capabilities: ["fs.*", "shell.exec"] },
    { by: "the skill b", capabilities: ["*"] },
  ];
  const tool = { capabilities: ["fs.read", "fs.write"] };
  const took: number[] = [];
  for (let n = 0; n < DECISIONS; n += 1) {
    const startedAt = performance.now();
    decide({ asker: `slack:U${n % 300}`, channel: "slack", tool, bounds });
    took.push(performance.now() - startedAt);
  }
  return percentilesOf(took);
}

async function reloads(skills: SkillLibrary, before: (n: number) => void): Promise<Percentiles> {
  const took: number[] = [];
  for (let n = 0; n < RELOADS; n += 1) {
    before(n);
    const startedAt = performance.now();
    await skills.reload();
    took.push(performance.now() - startedAt);
  }
  return percentilesOf(took);
}

/** As in the program: a watch over the folder, and everything read anew when it rings. */
async function edits(folder: string, skills: SkillLibrary): Promise<Percentiles> {
  let inForce = (): void => {};
  const stop = await watchFolders({
    folders: [folder],
    timers: systemClock,
    onChange: () => void skills.reload().then((changes) => changes.length > 0 && inForce()),
    onError: (error) => {
      throw error;
    },
  });
  const took: number[] = [];
  try {
    for (let n = 0; n < EDITS; n += 1) {
      const startedAt = performance.now();
      const seen = new Promise<void>((resolve) => {
        inForce = resolve;
      });
      write(folder, n, `edit ${n}`);
      await seen;
      took.push(performance.now() - startedAt);
    }
  } finally {
    await stop();
  }
  return percentilesOf(took);
}
