// The tool that opens a skill: its instructions, or one of its further files. From the moment it is opened its capabilities bound
// what the task may use.

import type { Skill } from "../core/skill.ts";
import type { Tool } from "../core/tool.ts";

export interface OpenSkillParts {
  readonly readFile: (skill: Skill, path: string) => Promise<string>;
  readonly toText: (skill: Skill) => string;
}

const LISTED_MAX = 200;

export function createOpenSkill({ readFile, toText }: OpenSkillParts): Tool {
  return {
    name: "open_skill",
    description:
      "Opens a skill: written instructions for a kind of work, which you then follow for the rest of this task. Give `name`; " +
      "with `file` as well you read one of the further files it names. Without a name you get the list of all skills.",
    capabilities: [],
    isRepeatable: true,
    isParallel: true,
    parameters: {
      type: "object",
      properties: {
        name: { type: "string", maxLength: 64, description: "The skill's name" },
        file: { type: "string", maxLength: 300, description: "A further file of it" },
      },
      additionalProperties: false,
    },
    run: async ({ name, file }, { skills }) => {
      if (typeof name !== "string" || name === "") return listed(skills);
      const skill = skills.find((one) => one.name === name.trim().toLowerCase());
      if (!skill)
        throw new Error(`There is no skill ${name} here. There are: ${skills.map((one) => one.name).join(", ")}`);
      if (typeof file === "string" && file !== "") return readFile(skill, file);
      const { capabilities } = skill.requires;
      return { text: toText(skill), skill: { name: skill.name, ...(capabilities ? { capabilities } : {}) } };
    },
  };
}

const listed = (skills: readonly Skill[]): string =>
  skills.length === 0
    ? "There are no skills here."
    : skills
        .slice(0, LISTED_MAX)
        .map(({ name, description }) => `- ${name}: ${description}`)
        .join("\n");
