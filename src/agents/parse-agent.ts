// One agent file: a head that says what it may, and its prompt below.

import { z } from "zod";
import type { Agent } from "../core/agent.ts";
import { isGrant } from "../core/capability.ts";
import { FrontMatterFault, readFrontMatter } from "../lib/front-matter.ts";

export class AgentFault extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const PROMPT_CHARS_MAX = 40_000;
export const AGENT_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const words = z.array(z.string().trim().min(1).max(200)).max(50);
const head = z.strictObject({
  description: z
    .string({ error: "description is missing: say in a sentence what it is good at" })
    .trim()
    .min(1)
    .max(500, { error: "it has over 500 characters" }),
  model: z.string().min(1).max(50).default("main"),
  capabilities: words.optional(),
  skills: words.optional(),
  aliases: words.default([]),
  command: words.min(1).optional(),
});

/** Throws AgentFault with the line of the file. */
export function parseAgent(text: string, name: string, roles: readonly string[]): Omit<Agent, "hash"> {
  if (!AGENT_NAME.test(name)) throw new AgentFault("a file's name is small letters, digits and - before .md", 1);
  const { head: given, body, lineOf } = frontMatterOf(text);
  const parsed = head.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue?.code === "unrecognized_keys") {
      const known = Object.keys(head.shape).join(", ");
      throw new AgentFault(`${issue.keys.join(", ")} is not known; known are ${known}`, lineOf(issue.keys[0] ?? ""));
    }
    const key = String(issue?.path[0] ?? "");
    throw new AgentFault(`${key === "" ? "" : `${key}: `}${issue?.message ?? "not usable"}`, lineOf(key));
  }
  const { description, model, capabilities, skills, aliases, command } = parsed.data;
  if (!roles.includes(model))
    throw new AgentFault(`model: there is no role ${model}; there are ${roles.join(", ")}`, lineOf("model"));
  const unknown = capabilities?.find((one) => !isGrant(one));
  if (unknown !== undefined) throw new AgentFault(`capabilities: "${unknown}" is not known`, lineOf("capabilities"));
  if (body === "" && !command) throw new AgentFault("there is no prompt below the head", 1);
  if (body.length > PROMPT_CHARS_MAX) throw new AgentFault(`the prompt has over ${PROMPT_CHARS_MAX} characters`, 1);
  return {
    name,
    description: description.replaceAll(/\s+/g, " "),
    prompt: body,
    role: model,
    aliases,
    ...(capabilities ? { capabilities } : {}),
    ...(skills ? { skills } : {}),
    ...(command ? { command } : {}),
  };
}

function frontMatterOf(text: string) {
  try {
    return readFrontMatter(text);
  } catch (error) {
    if (error instanceof FrontMatterFault) throw new AgentFault(error.message, error.line);
    throw error;
  }
}
