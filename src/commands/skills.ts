// `signalbox skills check [DIR]`: every skill of a folder, whether it is usable on this machine, and what is wrong, with file, line
// and how to mend it. Exit code 1 when something is broken.

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { hasVariable, searchPath } from "../config/environment.ts";
import { loadConfig } from "../config/load-config.ts";
import { silentLog } from "../core/log.ts";
import type { Skill } from "../core/skill.ts";
import { findProgram } from "../lib/find-program.ts";
import { createSkillLibrary } from "../skills/skill-library.ts";

export interface SkillsReport {
  readonly text: string;
  readonly isBroken: boolean;
}

export async function checkSkills(
  folder: string,
  given: string | undefined,
  toolNames: readonly string[],
): Promise<SkillsReport> {
  const place = given === undefined ? loadConfig({ folder }).config.paths.skills : resolve(folder, given);
  if (given !== undefined && !(existsSync(place) && statSync(place).isDirectory()))
    return { text: `BROKEN  ${given} is not a folder\n`, isBroken: true };
  const path = searchPath();
  const library = createSkillLibrary({
    folder: place,
    log: silentLog,
    hasBin: (name) => findProgram(name, path) !== undefined,
    hasEnv: hasVariable,
  });
  await library.reload();
  const { skills, problems } = library.current();
  const reasons = new Map(
    // Rights and channels are decided for a person; here only the machine is asked.
    library.here({ channel: "", isGranted: () => true }).unusable.map(({ skill, reason }) => [skill.name, reason]),
  );
  const lines = [
    ...[...skills.values()].flatMap((skill) => linesOf(skill, reasons.get(skill.name), toolNames)),
    ...problems.map(({ place: where, message }) => `BROKEN  ${where}: ${message}`),
    `${skills.size} usable or waiting for something, ${problems.length} broken`,
  ];
  return { text: `${lines.join("\n")}\n`, isBroken: problems.length > 0 };
}

function linesOf(skill: Skill, reason: string | undefined, toolNames: readonly string[]): readonly string[] {
  const isElsewhere = skill.requires.channels !== undefined && reason?.startsWith("it is for");
  const state = reason === undefined || isElsewhere ? "ok      " : "missing ";
  const why =
    reason === undefined ? "" : isElsewhere ? ` (only on ${skill.requires.channels?.join(", ")})` : `: ${reason}`;
  const unknown = skill.tools.filter((tool) => !toolNames.includes(tool) && !tool.startsWith("mcp"));
  return [
    `${state}${skill.name}${why}`,
    ...(skill.ignored.length > 0 ? [`          not honoured: ${skill.ignored.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`          tools that are not here: ${unknown.join(", ")}`] : []),
  ];
}
