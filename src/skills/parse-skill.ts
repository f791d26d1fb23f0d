// One SKILL.md as a skill: the Agent Skills standard, our `requires`, and what other agents' dialects say they need. Strict about
// what decides (names, capabilities, channels), patient with what it does not know: that is kept aside and named.

import { z } from "zod";
import { CAPABILITIES, isGrant } from "../core/capability.ts";
import type { Skill, SkillNeeds } from "../core/skill.ts";
import { toolNamed } from "../core/tool-names.ts";
import { FrontMatterFault, readFrontMatter } from "../lib/front-matter.ts";

export class SkillFault extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const BODY_CHARS_MAX = 200_000;
const KNOWN = ["name", "description", "license", "compatibility", "metadata", "allowed-tools", "requires"];

const words = z.array(z.string().trim().min(1).max(200)).max(50);
const needs = z.strictObject({
  capabilities: words.optional(),
  channels: words.optional(),
  bins: words.optional(),
  env: words.optional(),
});
const head = z.object({
  name: z
    .string({ error: "name is missing: write `name: my-skill`, the folder's name" })
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: "name: small letters, digits and single - between them" })
    .max(64, { error: "name: it has over 64 characters" }),
  description: z
    .string({ error: "description is missing: say in a sentence what it does and when to use it" })
    .trim()
    .min(1, { error: "description is empty: say in a sentence what it does and when to use it" })
    .max(1_024, { error: "description: it has over 1024 characters" }),
  metadata: z.unknown().optional(),
  requires: z.unknown().optional(),
  "allowed-tools": z.union([z.string(), words]).optional(),
});
/** `metadata.<dialect>.requires` as other agents write it. */
const dialect = z.object({
  requires: z.object({ bins: words.optional(), anyBins: words.optional(), env: words.optional() }).loose().optional(),
});

/** Throws SkillFault with the line of the file. */
export function parseSkill(text: string, folder: string): Omit<Skill, "files" | "hash"> {
  const { head: given, body, lineOf } = frontMatterOf(text);
  const parsed = head.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SkillFault(issue?.message ?? "the head is not usable", lineOf(String(issue?.path[0] ?? "")));
  }
  const { name, description } = parsed.data;
  if (name !== folder)
    throw new SkillFault(`name is ${name} but the folder is ${folder}: make them the same`, lineOf("name"));
  if (body === "") throw new SkillFault("there are no instructions below the head", 1);
  if (body.length > BODY_CHARS_MAX) throw new SkillFault(`the instructions have over ${BODY_CHARS_MAX} characters`, 1);
  const ignored = [
    ...Object.keys(given).filter((key) => !KNOWN.includes(key)),
    ...requirementsNotHonoured(given.metadata),
  ];
  return {
    name,
    description: description.replaceAll(/\s+/g, " "),
    body,
    requires: needsOf(parsed.data.requires, parsed.data.metadata, lineOf),
    tools: toolsOf(parsed.data["allowed-tools"]),
    ignored,
  };
}

function frontMatterOf(text: string) {
  try {
    return readFrontMatter(text);
  } catch (error) {
    if (error instanceof FrontMatterFault) throw new SkillFault(error.message, error.line);
    throw error;
  }
}

function needsOf(requires: unknown, metadata: unknown, lineOf: (key: string) => number): SkillNeeds {
  const parsed = needs.safeParse(requires ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const what =
      issue?.code === "unrecognized_keys"
        ? `${issue.keys.join(", ")} is not known; known are capabilities, channels, bins, env`
        : `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not usable"}`;
    throw new SkillFault(`requires: ${what}`, lineOf("requires"));
  }
  const { capabilities, channels, bins = [], env = [] } = parsed.data;
  const unknown = capabilities?.find((one) => !isGrant(one));
  if (unknown !== undefined) {
    const known = `${CAPABILITIES.join(", ")}, mcp.<server>`;
    throw new SkillFault(`requires.capabilities: "${unknown}" is not known; known are ${known}`, lineOf("requires"));
  }
  const foreign = dialectsOf(metadata);
  return {
    ...(capabilities ? { capabilities } : {}),
    ...(channels ? { channels } : {}),
    bins: [...bins, ...foreign.flatMap((one) => one.bins ?? [])],
    anyBins: foreign.flatMap((one) => one.anyBins ?? []),
    env: [...env, ...foreign.flatMap((one) => one.env ?? [])],
  };
}

function dialectsOf(metadata: unknown) {
  if (typeof metadata !== "object" || metadata === null) return [];
  return Object.values(metadata).flatMap((value) => {
    const parsed = dialect.safeParse(fromText(value));
    return parsed.success && parsed.data.requires ? [parsed.data.requires] : [];
  });
}

/** Some write the inner object as JSON text. */
function fromText(value: unknown): unknown {
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function requirementsNotHonoured(metadata: unknown): readonly string[] {
  return dialectsOf(metadata).flatMap((one) =>
    Object.keys(one)
      .filter((key) => !["bins", "anyBins", "env"].includes(key))
      .map((key) => `metadata requires.${key}`),
  );
}

/** `Bash(git:*) Read` or a list; a restriction on arguments is not honoured by name alone, so only the name counts. */
function toolsOf(allowed: string | readonly string[] = ""): readonly string[] {
  const text = typeof allowed === "string" ? allowed : allowed.join(" ");
  const names = text.replaceAll(/\([^)]*\)/g, "").split(/[\s,]+/);
  return [...new Set(names.filter((name) => name !== "").map(toolNamed))];
}
