// Reads config/signalbox.yaml: every mistake is told with file, line, what is wrong and how to mend it; unknown keys with the
// nearest known name.

import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { AppError } from "../core/errors.ts";
import { type Config, configSchema } from "./schema.ts";

const DEFAULT_FILE = "config/signalbox.yaml";
const FILE_BYTES_MAX = 1_000_000;

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
    const text = readFileSync(path, "utf8");
    if (text.length > FILE_BYTES_MAX) throw new AppError("bad-config", `${path} is larger than a configuration can be`);
    return text;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("bad-config", `${path} cannot be read`, { cause: error });
  }
}

export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) throw new AppError("bad-config", `${path}:${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });

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
  const mistakes = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys")
      return [`${path}:${lineOf(issue.path)}: ${issue.path.join(".")}: ${issue.message}`];
    return issue.keys.map((key) => `${path}:${lineOf([...issue.path, key])}: ${unknownKey(issue.path, key)}`);
  });
  throw new AppError("bad-config", mistakes.join("\n"));
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const name = [...path, key].join(".");
  const known = knownKeys(path);
  const nearest = known.length > 0 ? closest(key, [...known]) : undefined;
  const isNear = nearest !== undefined && distance(key, nearest) <= Math.max(2, key.length / 2);
  return isNear
    ? `${name} is not known; did you mean "${nearest}"?`
    : `${name} is not known; known here: ${known.join(", ")}`;
}

/** The keys the schema knows at a place, read from its JSON Schema, so that there is one list. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
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
