// All skills of the house, as the last whole look at their folder found them: a good edit replaces a skill, a bad one keeps the last
// good version and says what is wrong, what is gone is gone. Nobody reads the folder but this, and nobody while a turn runs.

import type { Log } from "../core/log.ts";
import type { Skill, SkillPlace, SkillProblem, SkillSet, SkillsHere } from "../core/skill.ts";
import { readSkillFile, readSkillFolder } from "./read-skill-folder.ts";

export interface SkillChange {
  readonly skill: string;
  readonly action: "added" | "changed" | "removed";
  readonly hash: string;
}

export interface SkillLibrary {
  current(): SkillSet;
  /** Reads the folder anew; the new state is there as a whole when it resolves. */
  reload(): Promise<readonly SkillChange[]>;
  /** What of the current set is for this person here, and why not the rest. */
  here(place: SkillPlace): SkillsHere;
  /** A further file of a skill. */
  readFile(skill: Skill, path: string): Promise<string>;
}

export interface SkillLibraryParts {
  readonly folder: string;
  readonly log: Log;
  /** Whether a program is to be found, a variable set. */
  readonly hasBin: (name: string) => boolean;
  readonly hasEnv: (name: string) => boolean;
}

export function createSkillLibrary({ folder, log, hasBin, hasEnv }: SkillLibraryParts): SkillLibrary {
  let current: SkillSet = { skills: new Map(), problems: [] };
  let told = "";
  let reading: Promise<readonly SkillChange[]> = Promise.resolve([]);

  async function reload(): Promise<readonly SkillChange[]> {
    const read = await readSkillFolder(folder, current.skills);
    const skills = new Map<string, Skill>();
    const problems: SkillProblem[] = [];
    for (const [name, one] of read) {
      if ("skill" in one) {
        skills.set(name, one.skill);
        continue;
      }
      const last = current.skills.get(name);
      if (last) skills.set(name, last);
      problems.push(one.problem);
    }
    const changes = changesBetween(current.skills, skills);
    current = { skills, problems };
    tell(problems);
    return changes;
  }

  /** Each state of affairs once, not at every look. */
  function tell(problems: readonly SkillProblem[]): void {
    const now = JSON.stringify(problems);
    if (now === told) return;
    told = now;
    for (const { skill, place, message } of problems) {
      const kept = current.skills.has(skill) ? "the last good version stays" : "it is not offered";
      log.warn("a skill is not usable", { skill, place, message, kept });
    }
  }

  return {
    current: () => current,
    reload: () => {
      // One after the other: an older look never replaces a newer one.
      reading = reading.then(reload, reload);
      return reading;
    },
    here: (place) => {
      const all = [...current.skills.values()].map((skill) => ({ skill, reason: obstacle(skill, place) }));
      return {
        usable: all.filter(({ reason }) => reason === undefined).map(({ skill }) => skill),
        unusable: all.flatMap(({ skill, reason }) => (reason === undefined ? [] : [{ skill, reason }])),
        problems: current.problems,
      };
    },
    readFile: (skill, path) => readSkillFile(folder, skill, path),
  };

  function obstacle({ requires }: Skill, { channel, isGranted }: SkillPlace): string | undefined {
    if (requires.channels && !requires.channels.includes(channel)) return `it is for ${requires.channels.join(", ")}`;
    const missing = requires.capabilities?.find((capability) => !isGranted(capability));
    if (missing !== undefined) return `${missing} is not granted`;
    const bin = requires.bins.find((name) => !hasBin(name));
    if (bin !== undefined) return `the program ${bin} is not installed`;
    if (requires.anyBins.length > 0 && !requires.anyBins.some(hasBin))
      return `none of the programs ${requires.anyBins.join(", ")} is installed`;
    const variable = requires.env.find((name) => !hasEnv(name));
    return variable === undefined ? undefined : `the variable ${variable} is not set`;
  }
}

function changesBetween(before: ReadonlyMap<string, Skill>, after: ReadonlyMap<string, Skill>): readonly SkillChange[] {
  const changes: SkillChange[] = [];
  for (const [name, { hash }] of after) {
    const old = before.get(name);
    if (!old) changes.push({ skill: name, action: "added", hash });
    else if (old.hash !== hash) changes.push({ skill: name, action: "changed", hash });
  }
  for (const [name, { hash }] of before) if (!after.has(name)) changes.push({ skill: name, action: "removed", hash });
  return changes;
}
