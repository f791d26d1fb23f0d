// Reads config/signalbox.yaml: every mistake is told with file, line, what is wrong and how to mend it; unknown keys with the
// nearest known name.

import { existsSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { type Document, isMap, isNode, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { AppError } from "../core/errors.ts";
import { type Config, configSchema } from "./schema.ts";

const DEFAULT_FILE = "config/signalbox.yaml";
const FILE_BYTES_MAX = 256 * 1024;
const ALIASES_MAX = 100;
const MISTAKES_TOLD_MAX = 20;

export interface ConfigPlace {
  /** Where relative paths start: the folder the program is run in. */
  readonly folder: string;
  /** SIGNALBOX_CONFIG; when it is set the file must exist. */
  readonly file?: string | undefined;
  /** SIGNALBOX_DATA. */
  readonly data?: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Undefined: there is no file, the defaults hold. */
  readonly file: string | undefined;
}

export function loadConfig({ folder, file, data }: ConfigPlace): LoadedConfig {
  const path = resolve(folder, file ?? DEFAULT_FILE);
  if (!existsSync(path)) {
    if (file !== undefined) throw new AppError("bad-config", `SIGNALBOX_CONFIG names ${path}, which does not exist`);
    return { config: placed(configSchema.parse({}), folder, data), file: undefined };
  }
  return { config: placed(parseConfig(readText(path), path), folder, data), file: path };
}

function readText(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new AppError("bad-config", `${path} is not a file`);
    if (stats.size > FILE_BYTES_MAX) {
      throw new AppError("bad-config", `${path} is larger than a configuration can be (${FILE_BYTES_MAX / 1024} kB)`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new AppError("bad-config", `${path} cannot be read${why}`, { cause: error });
  }
}

export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const refuse = (offset: number, message: string): never => {
    throw new AppError("bad-config", `${path}:${lines.linePos(offset).line}: ${message}`);
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  // A tag nobody resolves is a warning to the library; here it would be ignored in silence.
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken) refuse(broken.pos[0], broken.message.replace(/^Maximum call stack.*/, "it is nested too deeply"));
  const repeated = repeatedKey(document);
  if (repeated) refuse(repeated.offset, `${repeated.key} stands here a second time`);
  const value = toValue(document, (message) => refuse(0, message));

  const lineOf = (keys: readonly PropertyKey[]): number => {
    for (let depth = keys.length; depth > 0; depth -= 1) {
      const parent = depth > 1 ? document.getIn(keys.slice(0, depth - 1), true) : document.contents;
      const pair = isMap(parent)
        ? parent.items.find((item) => String(item.key) === String(keys[depth - 1]))
        : undefined;
      const node = pair?.key ?? document.getIn(keys.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };

  const parsed = configSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const at = (keys: readonly PropertyKey[], ...words: readonly string[]): string =>
    [`${path}:${lineOf(keys)}`, ...words].filter((part) => part !== "").join(": ");
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  const mistakes = parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      const keys = issue.keys.slice(0, MISTAKES_TOLD_MAX);
      return keys.map((key) => at([...issue.path, key], unknownKey(knownKeys(schema, issue.path), issue.path, key)));
    }
    const why = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    return [at(issue.path, issue.path.join("."), why ?? issue.message)];
  });
  throw new AppError("bad-config", mistakes.slice(0, MISTAKES_TOLD_MAX).join("\n"));
}

/** The library's own check compares each key with each other one: seconds for some thousand keys. */
function repeatedKey(document: Document.Parsed): { readonly key: string; readonly offset: number } | undefined {
  let repeated: { readonly key: string; readonly offset: number } | undefined;
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = String(key);
        if (seen.has(name)) repeated = { key: name, offset: isNode(key) ? (key.range?.[0] ?? 0) : 0 };
        if (repeated) return visit.BREAK;
        seen.add(name);
      }
      return undefined;
    },
  });
  return repeated;
}

/** Aliases that multiply without end, or lead nowhere, are found only when they are followed. */
function toValue(document: Document.Parsed, refuse: (message: string) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function unknownKey(known: readonly string[], path: readonly PropertyKey[], key: string): string {
  const name = [...path, key].join(".");
  const nearest = known.length > 0 ? closest(key, [...known]) : undefined;
  const isNear = nearest !== undefined && distance(key, nearest) <= Math.max(2, key.length / 2);
  return isNear
    ? `${name} is not known; did you mean "${nearest}"?`
    : `${name} is not known; known here: ${known.join(", ")}`;
}

/** The keys known at a place, read from the JSON Schema, so that there is one list. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let node = schema;
  for (const key of path) {
    const { properties, additionalProperties } = node as {
      properties?: Record<string, unknown>;
      additionalProperties?: unknown;
    };
    node = properties?.[String(key)] ?? additionalProperties ?? {};
  }
  return Object.keys((node as { properties?: Record<string, unknown> }).properties ?? {});
}

function placed(config: Config, folder: string, data: string | undefined): Config {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const { paths } = config;
  return {
    ...config,
    paths: { data: at(data ?? paths.data), skills: at(paths.skills), tools: at(paths.tools), agents: at(paths.agents) },
  };
}
