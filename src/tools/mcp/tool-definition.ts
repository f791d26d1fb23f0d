// What a server says about a tool, as we know it: our own name for it, a hash that changes with every word of it, and texts within
// bounds and without characters that nobody sees.

import { createHash } from "node:crypto";
import type { Ajv } from "ajv";
import { canonicalJson, type JsonSchema } from "../../core/json.ts";
import type { ToolWords } from "../../core/mcp-desk.ts";
import { plainSchema } from "./plain-schema.ts";

/** As the server lists it. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolDefinition {
  /** The server's own name for it. */
  readonly tool: string;
  /** `mcp_<server>_<tool>`. */
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
  /** Of name, description and schema, whole. */
  readonly hash: string;
  /** What of it is shown to an administrator when it changes. */
  readonly words: ToolWords;
}

const NAME_CHARS_MAX = 64;
const DESCRIPTION_CHARS_MAX = 3_000;
const UNSEEN = /[^\P{C}\n\t]/gu;

/** Throws a sentence that says why a tool is not usable. */
export function definitionFrom(server: string, listed: ListedTool, ajv: Ajv): ToolDefinition {
  const { name: tool, description = "", inputSchema } = listed;
  const parameters = plainSchema(inputSchema, ajv);
  const text = description.replaceAll(UNSEEN, "").trim();
  const shown = text.length > DESCRIPTION_CHARS_MAX ? `${text.slice(0, DESCRIPTION_CHARS_MAX)}…` : text;
  return {
    tool,
    name: nameFor(server, tool),
    description: `${shown || "(The server gives no description.)"}\n(Offered by the MCP server ${server}.)`,
    parameters,
    hash: hashOf({ name: tool, description, inputSchema }),
    words: { description: shown, parameters: Object.fromEntries(parametersOf(inputSchema)) },
  };
}

const hashOf = (value: Parameters<typeof canonicalJson>[0]): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");

const PARAMETERS_MAX = 200;

function parametersOf({ properties }: ListedTool["inputSchema"]): [string, string][] {
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties)
    .slice(0, PARAMETERS_MAX)
    .map(([name, schema]) => [name.slice(0, NAME_CHARS_MAX), hashOf(schema).slice(0, 16)]);
}

/** Small letters, digits and _, as all our tools are named; a long one ends in a piece of its hash. */
export function nameFor(server: string, tool: string): string {
  const name = `mcp_${server}_${tool.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_")}`;
  if (name.length <= NAME_CHARS_MAX) return name;
  const end = createHash("sha256").update(tool).digest("hex").slice(0, 8);
  return `${name.slice(0, NAME_CHARS_MAX - end.length - 1)}_${end}`;
}
