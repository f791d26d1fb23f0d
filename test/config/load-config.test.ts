// Every mistake in the configuration is told with file, line and mend; nothing in it can hang or crash the program.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig, parseConfig } from "../../src/config/load-config.ts";
import { configSchema } from "../../src/config/schema.ts";
import { AppError } from "../../src/core/errors.ts";
import { threadCpuMs } from "../support/thread-cpu-ms.ts";

const root = resolve(import.meta.dirname, "../..");

/** What is said about a text; fails if it is taken. */
function complaint(text: string): string {
  try {
    parseConfig(text, "signalbox.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "bad-config" });
    return (error as AppError).message;
  }
  throw new Error(`it was taken: ${text}`);
}

describe("defaults", () => {
  test("the shipped file is the defaults, word for word", () => {
    const { config, file } = loadConfig({ folder: root });
    expect(file).toBe(join(root, "config/signalbox.yaml"));
    const { paths, ...rest } = config;
    const { paths: defaultPaths, ...defaults } = configSchema.parse({});
    expect(rest).toEqual(defaults);
    for (const [name, path] of Object.entries(paths)) {
      expect(path).toBe(resolve(root, defaultPaths[name as keyof typeof defaultPaths]));
    }
  });

  test("the shipped file names every key there is", () => {
    const shipped = Object.keys(flat(loadConfig({ folder: root }).config));
    expect(Object.keys(flat(configSchema.parse({}))).filter((key) => !shipped.includes(key))).toEqual([]);
  });

  test.each(["", "\n", "# only a comment\n", "---\n", "{}", "null"])("%j is an empty configuration", (text) => {
    expect(parseConfig(text, "x")).toEqual(configSchema.parse({}));
  });

  test("one key changes that key only", () => {
    const { queue, ...rest } = parseConfig("queue: { running: 3 }", "x");
    const { queue: defaultQueue, ...defaults } = configSchema.parse({});
    expect(rest).toEqual(defaults);
    expect(queue).toEqual({ ...defaultQueue, running: 3 });
  });

  test("a file of Windows, with a byte-order mark and its line ends, is read", () => {
    expect(parseConfig("\uFEFFqueue:\r\n  running: 3\r\n", "x").queue.running).toBe(3);
  });
});

/** `{ a: { b: 1 } }` as `{ "a.b": 1 }`. */
function flat(value: object, before = ""): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]: [string, unknown]) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0
        ? flat(inner, `${before}${key}.`)
        : { [before + key]: inner },
    ),
  );
}

describe("mistakes", () => {
  const cases: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    ["a misspelt section", "quue:\n  running: 3", /^signalbox\.yaml:1: quue is not known; did you mean "queue"\?$/],
    [
      "a misspelt key",
      "\nqueue:\n  runing: 3",
      /^signalbox\.yaml:3: queue\.runing is not known; did you mean "running"\?$/,
    ],
    [
      "a key of nowhere",
      "queue:\n  colour: red",
      /:2: queue\.colour is not known; known here: running, waitingPerSession, whileBusy$/,
    ],
    [
      "a misspelt key deep down",
      "roles:\n  admin:\n    users: []\n    grant: []",
      /:4: roles\.admin\.grant is not known; did you mean "grants"\?/,
    ],
    [
      "a misspelt price",
      "models:\n  catalog:\n    openai/x:\n      contextTokens: 9000\n      outputTokens: 90\n      inputUsd: 1\n      outputUsd: 1\n      cachedInputUds: 1",
      /:8: .*cachedInputUds.*did you mean "cachedInputUsd"/,
    ],
    [
      "a word for a number",
      "queue:\n  running: many",
      /^signalbox\.yaml:2: queue\.running: .*expected number, received string$/,
    ],
    ["a quoted number", 'queue: { running: "3" }', /:1: queue\.running: .*expected number/],
    ["a number with a fraction", "queue: { running: 1.5 }", /queue\.running: .*int/],
    ["a negative number", "queue: { running: -1 }", /queue\.running: Too small: .*>=1/],
    ["a number without end", "limits: { taskSeconds: .inf }", /limits\.taskSeconds: /],
    ["no number at all", "limits: { taskSeconds: .nan }", /limits\.taskSeconds: /],
    ["a number beyond reason", "limits: { taskSeconds: 100000 }", /limits\.taskSeconds: Too big/],
    [
      "a word that is none of the choices",
      "queue:\n  whileBusy: wait",
      /:2: queue\.whileBusy: .*"queue"\|"steer"\|"collect"/,
    ],
    [
      "yes for true",
      "channels: { slack: { mentionRequired: yes } }",
      /channels\.slack\.mentionRequired: .*expected boolean/,
    ],
    [
      "a text for a list",
      "roles: { admin: { users: web:local, grants: [] } }",
      /roles\.admin\.users: .*expected array/,
    ],
    ["an empty path", 'paths: { data: "" }', /paths\.data: /],
    ["a section that is empty", "limits:\n", /:1: limits: .*expected object, received null/],
    ["a section that is a list", "limits: [1]", /:1: limits: .*expected object, received array/],
    ["a file that is a word", "hello", /^signalbox\.yaml:1: .*expected object, received string$/],
    ["a file that is a list", "- queue", /^signalbox\.yaml:1: .*expected object, received array$/],
    [
      "a grant that is no capability",
      "channels:\n  web:\n    grants:\n      - fs.read\n      - fs.raed",
      /:5: channels\.web\.grants\.1: "fs\.raed" is no capability/,
    ],
    ["a family that is none", "channels: { web: { grants: [foo.*] } }", /"foo\.\*" is no capability/],
    ["half a star", "channels: { web: { grants: [f*] } }", /"f\*" is no capability/],
    ["a dot and a star", 'channels: { web: { grants: [".*"] } }', /"\.\*" is no capability/],
    ["a server's grant without its name", "channels: { web: { grants: [mcp.] } }", /"mcp\." is no capability/],
    ["a bare star, which is an alias in YAML", "channels: { web: { grants: [*] } }", /^signalbox\.yaml:1: /],
    ["a number for a grant", "channels: { web: { grants: [1] } }", /channels\.web\.grants\.0: .*expected string/],
    ["grants for what needs approval", "approvals: { capabilities: [everything] }", /"everything" is no capability/],
    [
      "a model without its provider",
      "models: { roles: { main: [gpt-5] } }",
      /models\.roles\.main\.0: write provider\/model/,
    ],
    ["a role without models", "models: { roles: { main: [] } }", /models\.roles\.main: /],
    [
      "a role's odd name",
      "roles:\n  Admin: { users: [], grants: [] }",
      /:2: roles\.Admin: a role's name is small letters/,
    ],
    [
      "a described model without its provider",
      "models: { catalog: { gpt: {} } }",
      /models\.catalog\.gpt: write provider\/model/,
    ],
    ["a role without users", "roles: { admin: { grants: [] } }", /roles\.admin\.users: .*expected array/],
    ["a key that is there twice", "queue:\n  running: 1\n  running: 2", /:3: running stands here a second time/],
    ["a section that is there twice", "queue: {}\nlimits: {}\nqueue: {}", /:3: queue stands here a second time/],
    ["a key twice, once in quotes", "queue: {}\n'queue': {}", /:2: queue stands here a second time/],
    ["a tabulator", "queue:\n\trunning: 3", /:2: Tabs are not allowed/],
    ["a bracket left open", "queue: { running: 3\nlimits: {}", /:2: /],
    ["a quote left open", 'paths: { data: "x }\n', /^signalbox\.yaml:\d: /],
    ["two documents", "queue: {}\n---\nlimits: {}", /:2: .*multiple documents/],
    ["an alias that leads nowhere", "paths: *there", /:1: Unresolved alias/],
    ["an alias that leads to itself", "paths: &a { data: *a }", /paths\.data: /],
    ["a tag, which would be ignored", "queue: { running: !env RUNNING }", /:1: Unresolved tag: !env/],
    ["code in a tag", "queue: { running: !!js/function 'return 1' }", /:1: Unresolved tag/],
    ["bytes, which are no number", "queue: { running: !!binary aGk= }", /^signalbox\.yaml:1: /],
    ["the prototype for a section", "__proto__: { queue: {} }", /:1: __proto__ is not known/],
    ["the prototype for a key", "paths: { __proto__: x }", /paths\.__proto__ is not known/],
    ["a key every object has", "paths: { constructor: x, toString: y }", /paths\.constructor is not known/],
    ["a section every object has", "hasOwnProperty: {}", /hasOwnProperty is not known/],
    ["a key that is a list", "? [a, b]\n: 1", /:1: .* is not known/],
    ["a key that is nothing", "? \n: 1", /is not known/],
    ["a budget of no kind", "budgets: { person: { usd: 3 } }", /budgets\.person\.usd is not known.*usdPerDay/],
    ["a limit that is no rule", "budgets: { atLimit: wait }", /budgets\.atLimit/],
    ["a NUL", "queue: { running: 3 }\u0000", /^signalbox\.yaml:1: /],
  ];

  test.each(cases)("%s", (_name, text, says) => {
    expect(complaint(text)).toMatch(says);
  });

  test("all of them are told at once, each on its line", () => {
    const lines = complaint("quue: {}\nlimits:\n  taskSeconds: 0\n  toolSecond: 1").split("\n");
    expect(lines).toHaveLength(3);
    expect(lines.join("\n")).toMatch(/:1: quue/);
    expect(lines.join("\n")).toMatch(/:3: limits\.taskSeconds/);
    expect(lines.join("\n")).toMatch(/:4: limits\.toolSecond is not known/);
  });

  test("nothing was polluted by any of it", () => {
    for (const [, text] of cases) expect(() => parseConfig(text, "x")).toThrow();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).queue).toBe(undefined);
  });
});

describe("hostile files", () => {
  test("aliases that multiply are refused", () => {
    const levels = "abcdefghi".split("");
    const bomb = levels.map((name, index) => {
      const before = levels[index - 1];
      return `${name}: &${name} [${Array.from({ length: 9 }, () => (before ? `*${before}` : "x")).join(", ")}]`;
    });
    expect(complaint(bomb.join("\n"))).toMatch(/^signalbox\.yaml:1: .*alias/);
  });

  test("nesting without end is refused", () => {
    for (const text of ["[".repeat(100_000), `${"[".repeat(20_000)}${"]".repeat(20_000)}`, "{a: ".repeat(20_000)]) {
      expect(complaint(text)).toMatch(/^signalbox\.yaml:1: it is nested too deeply/);
    }
  });

  test("thousands of unknown keys are told in a few lines, in time that grows with their number only", () => {
    const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1`).join("\n");
    expect(complaint(keys(20_000)).split("\n")).toHaveLength(20);
    const cost = (count: number): number => {
      const text = keys(count);
      return threadCpuMs(() => complaint(text));
    };
    cost(500);
    // Ten times as many keys; comparing each with each would take a hundred times as long.
    expect(cost(10_000) / cost(1_000)).toBeLessThan(40);
  });

  test("a role of ten thousand people is no attack", () => {
    const users = Array.from({ length: 10_000 }, (_, index) => `slack:U${index}`);
    const text = `roles: { member: { users: [${users.join(", ")}], grants: [] } }`;
    expect(parseConfig(text, "x").roles.member?.users).toHaveLength(10_000);
  });
});

describe("where it is read from", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): void => {
    mkdirSync(join(folder, "config"), { recursive: true });
    writeFileSync(join(folder, name), text);
  };

  test("no file: the defaults, with paths in the folder the program was started in", () => {
    const { config, file } = loadConfig({ folder });
    expect(file).toBe(undefined);
    expect(config.paths).toEqual({
      data: join(folder, "data"),
      skills: join(folder, "skills"),
      tools: join(folder, "tools"),
      agents: join(folder, "config/agents"),
    });
  });

  test("config/signalbox.yaml is found; a mistake in it is told with the whole path", () => {
    write("config/signalbox.yaml", "queue:\n  runing: 1");
    expect(() => loadConfig({ folder })).toThrow(`${join(folder, "config/signalbox.yaml")}:2: queue.runing`);
  });

  test("SIGNALBOX_CONFIG wins, and must exist", () => {
    write("config/signalbox.yaml", "queue: { running: 1 }");
    write("other.yaml", "queue: { running: 2 }");
    expect(loadConfig({ folder, file: "other.yaml" }).config.queue.running).toBe(2);
    expect(loadConfig({ folder, file: join(folder, "other.yaml") }).config.queue.running).toBe(2);
    expect(() => loadConfig({ folder, file: "none.yaml" })).toThrow(
      /SIGNALBOX_CONFIG names .*none\.yaml, which does not/,
    );
  });

  test("SIGNALBOX_DATA wins over paths.data; absolute paths stay", () => {
    write("config/signalbox.yaml", "paths: { data: ./here, skills: /srv/skills }");
    expect(loadConfig({ folder }).config.paths.data).toBe(join(folder, "here"));
    const { paths } = loadConfig({ folder, data: "there" }).config;
    expect([paths.data, paths.skills]).toEqual([join(folder, "there"), "/srv/skills"]);
  });

  test("a folder in the file's place, or a device, is named and not read", () => {
    mkdirSync(join(folder, "config/signalbox.yaml"), { recursive: true });
    expect(() => loadConfig({ folder })).toThrow(/signalbox\.yaml is not a file/);
    expect(() => loadConfig({ folder, file: "/dev/zero" })).toThrow(/\/dev\/zero is not a file/);
  });

  test("a huge file is refused unread", () => {
    write("config/signalbox.yaml", `# ${"x".repeat(300 * 1024)}`);
    expect(() => loadConfig({ folder })).toThrow(/larger than a configuration can be \(256 kB\)/);
  });
});
