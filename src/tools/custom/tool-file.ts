// tools/<name>/tool.yaml: what a tool written as an executable says of itself, each mistake with its line.

import { isMap, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { isHostRule } from "../../lib/guarded-proxy/host-rules.ts";
import { ToolFault } from "./tool-fault.ts";
import { checkName, checkParameters, commonFields, faultFrom } from "./tool-shape.ts";

const FILE_CHARS_MAX = 32_000;

const schema = z.strictObject({
  ...commonFields,
  command: z
    .array(z.string().min(1).max(1_000), { error: "command is missing: write [program, argument, ...]" })
    .min(1)
    .max(100),
  /** Further programs it starts. */
  bins: z
    .array(z.string().regex(/^[\w.+-]{1,100}$/, { error: "write the names of programs" }))
    .max(20)
    .default([]),
  /** Whom it may reach over HTTP and HTTPS. */
  hosts: z
    .array(z.string().refine(isHostRule, { error: "write names: api.example.com, *.example.com, or *" }))
    .max(50)
    .default([]),
  repeatable: z.boolean().optional(),
  parallel: z.boolean().optional(),
});

export type ToolFile = z.infer<typeof schema>;

export interface ToolFileRules {
  /** The folder's name. */
  readonly expected: string;
  readonly reserved: ReadonlySet<string>;
  readonly hasBin: (name: string) => boolean;
}

export function parseToolFile(text: string, { expected, reserved, hasBin }: ToolFileRules): ToolFile {
  if (text.length > FILE_CHARS_MAX) throw new ToolFault(`it has over ${FILE_CHARS_MAX} characters`, 1);
  const { value, lineOf } = readYaml(text);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { message, key } = faultFrom(parsed.error, Object.keys(schema.shape));
    throw new ToolFault(message, lineOf(key));
  }
  const { name, parameters, command, bins } = parsed.data;
  checkName(name, expected, reserved, lineOf("name"));
  checkParameters(parameters, lineOf("parameters"));
  const missing = (key: "command" | "bins", bin: string): ToolFault =>
    new ToolFault(`${key}: the program ${bin} is not installed`, lineOf(key));
  const [program = ""] = command;
  if (!program.includes("/") && !hasBin(program)) throw missing("command", program);
  const bin = bins.find((one) => !hasBin(one));
  if (bin !== undefined) throw missing("bins", bin);
  return parsed.data;
}

function readYaml(text: string): { value: unknown; lineOf: (key: string) => number } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  // A tag nobody resolves is a warning to the library; here it would be ignored in silence.
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken)
    throw new ToolFault(broken.message.split("\n")[0] ?? "it is no YAML", counter.linePos(broken.pos[0]).line);
  const lines = new Map<string, number>();
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items) {
      const range = typeof key === "object" && key !== null && "range" in key ? key.range : undefined;
      if (Array.isArray(range)) lines.set(String(key), counter.linePos(Number(range[0])).line);
    }
  }
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) ?? {}, lineOf: (key) => lines.get(key) ?? 1 };
  } catch {
    throw new ToolFault("aliases are not read here", 1);
  }
}
