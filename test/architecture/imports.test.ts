// The house's walls: which folder may import which. A folder without a row fails, so a new one is a decision.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const src = join(root, "src");

/** What a room may import of the house, besides itself. `packages`: npm packages and `node:` modules. */
const rooms: Readonly<Record<string, { readonly may: readonly string[]; readonly packages: boolean }>> = {
  core: { may: [], packages: false },
  lib: { may: [], packages: true },
  context: { may: ["core", "lib"], packages: true },
  memory: { may: ["core", "lib"], packages: true },
  agents: { may: ["core", "lib"], packages: true },
  skills: { may: ["core", "lib"], packages: true },
  tools: { may: ["core", "lib"], packages: true },
  authority: { may: ["core", "lib"], packages: true },
  runtime: { may: ["core", "lib", "context", "authority"], packages: true },
  "channels/web": { may: ["core", "lib", "channels/shared"], packages: true },
  "channels/terminal": { may: ["core", "lib", "channels/shared"], packages: true },
  "channels/slack": { may: ["core", "lib", "channels/shared"], packages: true },
  "channels/feishu": { may: ["core", "lib", "channels/shared"], packages: true },
  "channels/shared": { may: ["core", "lib"], packages: true },
  "providers/openai": { may: ["core", "lib", "providers/shared"], packages: true },
  "providers/anthropic": { may: ["core", "lib", "providers/shared"], packages: true },
  "providers/demo": { may: ["core", "lib", "providers/shared"], packages: true },
  "providers/shared": { may: ["core", "lib"], packages: true },
  storage: { may: ["core", "lib"], packages: true },
  http: { may: ["core", "lib"], packages: true },
  config: { may: ["core", "lib"], packages: true },
  // Parts of app.ts and main.ts, by subject.
  wiring: {
    may: [
      "core",
      "lib",
      "config",
      "context",
      "memory",
      "authority",
      "skills",
      "agents",
      "tools",
      "runtime",
      "providers/anthropic",
      "providers/demo",
      "providers/openai",
      "providers/shared",
      "channels/slack",
      "channels/feishu",
    ],
    packages: true,
  },
  // Wiring, like app.ts and main.ts: one file a command.
  commands: {
    may: [
      "",
      "core",
      "lib",
      "config",
      "storage",
      "skills",
      "agents",
      "tools",
      "wiring",
      "channels/terminal",
      "channels/slack",
      "channels/feishu",
    ],
    packages: true,
  },
};
const TOP_FILES = ["app.ts", "cli.ts", "main.ts"];
const VAGUE = /(^|[-.])(utils?|helpers?|common|manager|service|types|index|misc)([-.]|$)/i;
const LINES_MAX = 300;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => /\.(ts|js|mjs)$/.test(path) && statSync(path).isFile());
}

const roomOf = (path: string): string => {
  const parts = relative(src, path).split(sep);
  if (parts.length === 1) return "";
  return parts[0] === "channels" || parts[0] === "providers" ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;

const files: readonly SourceFile[] = filesBelow(src).map((path) => {
  const text = readFileSync(path, "utf8");
  const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  return { path: relative(root, path), room: roomOf(path), text, imports };
});

/** The room a relative import leads to; undefined for packages. */
function target(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return roomOf(resolve(root, dirname(file.path), specifier));
}

describe("the walls of the house", () => {
  test("the look finds imports at all", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(100);
  });

  test("every folder has a row", () => {
    const unknown = files.filter((file) => file.room !== "" && !(file.room in rooms)).map((file) => file.path);
    expect(unknown).toEqual([]);
  });

  test("in src/ itself lie only the wiring files", () => {
    const odd = files.filter((file) => file.room === "" && !TOP_FILES.includes(relative("src", file.path)));
    expect(odd.map((file) => file.path)).toEqual([]);
  });

  test("each room imports only what its row allows", () => {
    const breaches = files.flatMap((file) => {
      const row = rooms[file.room];
      if (!row) return [];
      return file.imports.flatMap((specifier) => {
        const room = target(file, specifier);
        if (room === undefined) return row.packages ? [] : [`${file.path} imports ${specifier}`];
        return room === file.room || row.may.includes(room) ? [] : [`${file.path} imports ${specifier}`];
      });
    });
    expect(breaches).toEqual([]);
  });

  test("core does not reach for node's modules by their bare names either", () => {
    const bare = files.filter(
      (file) => file.room === "core" && file.imports.some((name) => builtinModules.includes(name)),
    );
    expect(bare.map((file) => file.path)).toEqual([]);
  });

  test("only config reads process.env", () => {
    const readers = files
      .filter((file) => file.room !== "config" && /process\.env/.test(file.text))
      .map((file) => file.path);
    expect(readers).toEqual([]);
  });

  test("no SQLite word leaves storage", () => {
    const leaks = files.filter((file) => file.room !== "storage" && /sqlite/i.test(file.text)).map((file) => file.path);
    expect(leaks).toEqual([]);
  });

  test("file names say what is in them, and no file is past its size", () => {
    const vague = files.filter((file) =>
      VAGUE.test(
        file.path
          .split("/")
          .at(-1)
          ?.replace(/\.[a-z]+$/, "") ?? "",
      ),
    );
    expect(vague.map((file) => file.path).filter((path) => !path.endsWith("page/index.html"))).toEqual([]);
    const long = files.filter((file) => file.text.split("\n").length > LINES_MAX).map((file) => file.path);
    expect(long).toEqual([]);
  });

  test("every file opens with what it is", () => {
    const silent = files.filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(file.text)).map((file) => file.path);
    expect(silent).toEqual([]);
  });

  test("the road is read in five short files that say which step they are", () => {
    const steps = ["inbox", "session-line", "task-runner", "agent-loop", "outbox"];
    steps.forEach((name, index) => {
      const path = join(src, "runtime", `${name}.ts`);
      expect(existsSync(path)).toBe(true);
      expect(readFileSync(path, "utf8").split("\n")[0]).toContain(`Step ${index + 1} of the road`);
    });
  });
});
