// The parameters of a foreign tool as a schema that may be compiled here and shown to a model: within bounds, without what could be
// slow (patterns) or could reach beyond the schema itself (ids, dialects). The server checks its arguments by the whole schema anyway.

import type { Ajv } from "ajv";
import type { JsonSchema } from "../../core/json.ts";

const NODES_MAX = 3_000;
const DEPTH_MAX = 32;
const CHARS_MAX = 48_000;

/** Under these stand names, not words of JSON Schema. */
const MAPS = new Set(["properties", "$defs", "definitions", "dependentSchemas"]);
/** Under these stand values. */
const VALUES = new Set(["enum", "const", "default", "examples", "required", "type"]);
const LEFT_OUT = new Set([
  "pattern",
  "patternProperties",
  "format",
  "$schema",
  "$id",
  "id",
  "$anchor",
  "$dynamicAnchor",
]);

/** Throws a sentence that says why it is not usable. */
export function plainSchema(schema: Readonly<Record<string, unknown>>, ajv: Ajv): JsonSchema {
  checkSize(schema);
  const plain = plainObject(schema);
  if (JSON.stringify(plain).length > CHARS_MAX) throw new Error(`its parameters have over ${CHARS_MAX} characters`);
  try {
    ajv.compile(plain);
  } catch {
    throw new Error("its parameters are no JSON Schema that can be checked against");
  }
  return plain;
}

/** Without recursion: what is too deep must not break the look at it. */
function checkSize(schema: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value: schema, depth: 0 }];
  let nodes = 0;
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (typeof one.value !== "object" || one.value === null) continue;
    if (one.depth > DEPTH_MAX) throw new Error(`its parameters are over ${DEPTH_MAX} deep`);
    for (const value of Object.values(one.value)) {
      nodes += 1;
      if (nodes > NODES_MAX) throw new Error(`its parameters have over ${NODES_MAX} parts`);
      waiting.push({ value, depth: one.depth + 1 });
    }
  }
}

function plainObject(schema: object): JsonSchema {
  // Without the patterns, what they allow would count as additional.
  const isOpen = "patternProperties" in schema;
  const kept = Object.entries(schema).filter(
    ([key]) => !LEFT_OUT.has(key) && !(isOpen && /^(?:additional|unevaluated)Properties$/.test(key)),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, plainValue(key, value)]));
}

function plainValue(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || VALUES.has(key)) return value;
  if (Array.isArray(value)) return value.map((one) => plainValue("", one));
  if (!MAPS.has(key)) return plainObject(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainValue("", one)]));
}
