// The head of a Markdown file as checked values: YAML between `---` lines, read by gray-matter with every engine but ours switched
// off, because its JavaScript engine runs what it reads. What is wrong is told with the line of the file.

import matter from "gray-matter";
import { LineCounter, parseDocument, visit } from "yaml";

export interface FrontMatter {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** The line of the file a key of the head stands in. */
  lineOf(key: string): number;
}

export class FrontMatterFault extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const HEAD_CHARS_MAX = 16_000;
const KEYS_MAX = 500;
const BEGIN = /^\uFEFF?---[ \t]*(\w*)[ \t]*\r?\n/;

export function readFrontMatter(text: string): FrontMatter {
  const begin = BEGIN.exec(text);
  if (!begin) throw new FrontMatterFault("it must begin with a line --- and a head in YAML", 1);
  if (begin[1] !== "" && begin[1] !== "yaml")
    throw new FrontMatterFault(`a head in ${begin[1]} is not read, only YAML`, 1);
  const lines = new Map<string, number>();
  const { data, content } = matter(text.replace(/^\uFEFF/, ""), {
    language: "yaml",
    engines: { yaml: (head: string) => parseHead(head, lines), ...onlyYaml },
  });
  return { head: data, body: content.trim(), lineOf: (key) => lines.get(key) ?? 1 };
}

/** Whatever language a head claims, no other engine ever sees it. */
const refuse = (): never => {
  throw new FrontMatterFault("only a head in YAML is read", 1);
};
const onlyYaml = { javascript: refuse, js: refuse, json: refuse, coffee: refuse, toml: refuse };

function parseHead(head: string, lines: Map<string, number>): Record<string, unknown> {
  if (head.length > HEAD_CHARS_MAX) throw new FrontMatterFault(`the head has over ${HEAD_CHARS_MAX} characters`, 1);
  const counter = new LineCounter();
  const document = parseDocument(head.replace(/^\r?\n/, ""), {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
  });
  // The first line of the file is the ---.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1;
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken) throw new FrontMatterFault(broken.message.split("\n")[0] ?? "it is no YAML", lineAt(broken.pos[0]));
  let keys = 0;
  visit(document, {
    Alias: () => {
      throw new FrontMatterFault("aliases are not read in a head", 2);
    },
    Map: (_, map, path) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        keys += 1;
        if (keys > KEYS_MAX) throw new FrontMatterFault(`the head has over ${KEYS_MAX} keys`, 2);
        const name = String(key);
        const offset = rangeOf(key);
        if (seen.has(name)) throw new FrontMatterFault(`${name} stands here a second time`, lineAt(offset));
        seen.add(name);
        if (path.length === 1) lines.set(name, lineAt(offset));
      }
    },
  });
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FrontMatterFault("the head must be keys with values", 2);
  return Object.fromEntries(Object.entries(value));
}

function rangeOf(key: unknown): number {
  if (typeof key !== "object" || key === null || !("range" in key) || !Array.isArray(key.range)) return 0;
  return Number(key.range[0] ?? 0);
}
