// One agent file: a head that says what it may, and its prompt below.

import { z } from "zod";
import type { Agent } from "../core/agent.ts";
import { isGrant, isGranted } from "../core/capability.ts";
import { FrontMatterFault, readFrontMatter } from "../lib/front-matter.ts";
import { isHostRule } from "../lib/guarded-proxy/host-rules.ts";

export class AgentFault extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const PROMPT_CHARS_MAX = 40_000;
export const AGENT_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** The server's own: a program that works for people has no use for them. */
const OWN_VARIABLE = /^(?:SIGNALBOX_|SLACK_|FEISHU_|DATABASE_URL$)/;
const FOR_PROGRAMS = ["env", "hosts", "repeatable", "timeoutSeconds"] as const;

const words = z.array(z.string().trim().min(1).max(200)).max(50);
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, { error: "write names of variables, not their values" })
  .refine((name) => !OWN_VARIABLE.test(name), {
    error: (issue) => `${String(issue.input)} is the server's own and is handed to nobody`,
  });
const host = z.string().refine(isHostRule, { error: "write names: api.example.com, *.example.com, or *" });
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
  command: z.array(z.string().min(1).max(20_000)).min(1).max(100).optional(),
  env: z.array(variable).max(50).optional(),
  hosts: z.array(host).max(200).optional(),
  repeatable: z.boolean().optional(),
  timeoutSeconds: z.int().min(1).max(86_400).optional(),
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
  const { env, hosts, repeatable, timeoutSeconds } = parsed.data;
  if (!roles.includes(model))
    throw new AgentFault(`model: there is no role ${model}; there are ${roles.join(", ")}`, lineOf("model"));
  const unknown = capabilities?.find((one) => !isGrant(one));
  if (unknown !== undefined) throw new AgentFault(`capabilities: "${unknown}" is not known`, lineOf("capabilities"));
  const lost = command ? undefined : FOR_PROGRAMS.find((key) => parsed.data[key] !== undefined);
  if (lost !== undefined) throw new AgentFault(`${lost}: it is for an agent with a command`, lineOf(lost));
  if (command && capabilities && !isGranted(capabilities, "task.cli"))
    throw new AgentFault("capabilities: an agent with a command needs task.cli among them", lineOf("capabilities"));
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
    ...(env ? { env } : {}),
    ...(hosts ? { hosts } : {}),
    ...(repeatable ? { isRepeatable: true } : {}),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
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
