// How skills are shown to the model: a short index of those it may open, and a skill's instructions once it is opened.

import type { Skill } from "../core/skill.ts";

const DESCRIPTION_CHARS_MAX = 250;
const INDEX_CHARS_MAX = 8_000;

/** Empty where there are none. The same skills give the same bytes (P11). */
export function skillIndex(skills: readonly Skill[]): string {
  if (skills.length === 0) return "";
  const lines: string[] = [];
  let chars = 0;
  for (const { name, description } of skills) {
    const short =
      description.length > DESCRIPTION_CHARS_MAX ? `${description.slice(0, DESCRIPTION_CHARS_MAX)}...` : description;
    const line = `- ${name}: ${short}`;
    chars += line.length;
    if (chars > INDEX_CHARS_MAX) {
      lines.push(`- and ${skills.length - lines.length} more: open_skill without a name lists them`);
      break;
    }
    lines.push(line);
  }
  return `Skills are written instructions for a kind of work. When one fits, open it with the tool \`open_skill\` and follow it:\n${lines.join("\n")}`;
}

export function skillText({ name, body, files }: Skill): string {
  const further =
    files.length === 0
      ? ""
      : `\n\nFurther files, to be read with open_skill {"name":"${name}","file":"..."}: ${files.join(", ")}`;
  return `<skill name="${name}">\n${body}\n</skill>${further}`;
}
