// What both kinds of custom tools must be: names, texts and parameters within bounds, capabilities that exist, nothing unknown.

import { Ajv } from "ajv";
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { CAPABILITIES, isCapability } from "../../core/capability.ts";
import { toolNamed } from "../../core/tool-names.ts";
import { ToolFault } from "./tool-fault.ts";

export const TOOL_SECONDS_MAX = 3_600;

const capability = z.string().refine(isCapability, {
  error: ({ input }) => `"${String(input)}" is no capability; known are ${CAPABILITIES.join(", ")}, mcp.<server>`,
});

/** The fields that a file in YAML and a module in TypeScript have in common. */
export const commonFields = {
  name: z
    .string({ error: "name is missing: write the file's own name" })
    .regex(/^[a-z][a-z0-9_]{0,63}$/, { error: "small letters, digits and _, at most 64, a letter first" }),
  description: z.string({ error: "description is missing: say what it does" }).trim().min(1).max(4_000),
  capabilities: z
    .array(capability, { error: "capabilities is missing: name what a caller must be granted; [] = nothing special" })
    .max(50),
  parameters: z.looseObject(
    { type: z.literal("object", { error: 'the outermost type must be "object"' }) },
    { error: "parameters is missing: a JSON Schema with type: object" },
  ),
  timeoutSeconds: z.number().positive().max(TOOL_SECONDS_MAX).optional(),
};

/** One sentence for the first thing that is wrong, and the key it stands under. */
export function faultFrom(error: z.ZodError, known: readonly string[]): { message: string; key: string } {
  const issue = error.issues[0];
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === "unrecognized_keys" && path.length === 0) {
    const key = issue.keys[0] ?? "";
    const nearest = closest(key, [...known]);
    const isNear = distance(key, nearest) <= Math.max(2, key.length / 2);
    return {
      key,
      message: `${key} is not known; ${isNear ? `did you mean "${nearest}"?` : `known: ${known.join(", ")}`}`,
    };
  }
  const said = issue?.message ?? "not usable";
  const place = path.join(".");
  return { key: path[0] ?? "", message: said.startsWith(place) ? said : `${place}: ${said}` };
}

/** Throws where a tool may not have this name. */
export function checkName(name: string, expected: string, reserved: ReadonlySet<string>, line?: number): void {
  if (name !== expected) throw new ToolFault(`name is ${name} but the file is ${expected}: make them the same`, line);
  if (reserved.has(name)) throw new ToolFault(`${name} is a built-in tool: choose another name`, line);
  if (name.startsWith("mcp_")) throw new ToolFault("names that begin with mcp_ belong to MCP servers", line);
  const other = toolNamed(name);
  if (other !== name) throw new ToolFault(`${name} is another name of ${other}: choose one of its own`, line);
}

/** Throws where the parameters are no JSON Schema that can be checked against. */
export function checkParameters(parameters: Readonly<Record<string, unknown>>, line?: number): void {
  if ("$id" in parameters) throw new ToolFault("parameters: leave $id out, nothing refers to it", line);
  try {
    // One for each: it remembers every schema it has seen.
    new Ajv({ strict: false, logger: false }).compile(parameters);
  } catch (error) {
    throw new ToolFault(`parameters: ${error instanceof Error ? error.message : String(error)}`, line);
  }
}
