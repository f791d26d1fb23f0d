// The tools folder while people edit it: what is good is taken, what is bad keeps the last good version, what is gone is gone.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Log, silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createRunProgram, type RunProgram } from "../../../src/tools/custom/run-program.ts";
import { createToolLibrary, type ToolLibrary } from "../../../src/tools/custom/tool-library.ts";
import { createUnconfined } from "../../../src/tools/sandbox/unconfined.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { toolContext } from "../tool-context.ts";

let root: string;
let warned: string[];
let library: ToolLibrary;

const log: Log = { ...silentLog, warn: (message, fields) => void warned.push(`${message} ${JSON.stringify(fields)}`) };
const searchPath = process.env.PATH ?? "";
const unconfined = createUnconfined({ timers: systemClock, searchPath });
const plainly = createRunProgram({ sandbox: unconfined, secondsMax: 20 });
let programs: RunProgram | { readonly off: string };

const open = (folder: string, timers: FakeClock | typeof systemClock = systemClock): ToolLibrary =>
  createToolLibrary({
    folder,
    log,
    timers,
    programs: () => programs,
    builtIn: ["recall", "fetch_url"],
    hasBin: (name) => name !== "missing",
  });

beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "signalbox-tools-")), "tools");
  mkdirSync(root);
  warned = [];
  programs = plainly;
  library = open(root);
});
afterEach(() => rmSync(join(root, ".."), { recursive: true, force: true }));

const yaml = (name: string, more = "") =>
  `name: ${name}\ndescription: About ${name}.\ncapabilities: []\nparameters: { type: object }\ncommand: [cat]\n${more}`;

function writeProgram(name: string, text = yaml(name)): void {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, "tool.yaml"), text);
}

const writeModule = (name: string, answer: string, more = ""): void =>
  writeFileSync(
    join(root, `${name}.ts`),
    `const tool = { name: "${name}", description: "d", capabilities: [], parameters: { type: "object" }, ${more}\n` +
      `  run: async (): Promise<string> => "${answer}" };\nexport default tool;\n`,
  );

const names = (): readonly string[] => [...library.current().tools.keys()];
const problems = (): readonly string[] =>
  library.current().problems.map(({ place, message }) => `${place}: ${message}`);
const changes = async (): Promise<readonly string[]> =>
  (await library.reload()).map(({ tool, action }) => `${tool} ${action}`);

async function run(name: string, args = {}): Promise<unknown> {
  return await library.current().tools.get(name)?.run(args, toolContext());
}

describe("edits", () => {
  test("a module's edit is in force after the next look, and who began before keeps what it had", async () => {
    writeModule("greet", "one");
    expect(await changes()).toEqual(["greet added"]);
    const before = library.current();
    expect(await changes()).toEqual([]);
    writeModule("greet", "two");
    expect(await changes()).toEqual(["greet changed"]);
    expect(await run("greet")).toBe("two");
    expect(await before.tools.get("greet")?.run({}, toolContext())).toBe("one");
    rmSync(join(root, "greet.ts"));
    expect(await changes()).toEqual(["greet removed"]);
    expect(names()).toEqual([]);
  });

  test("a program's edit as well", async () => {
    writeProgram("echo");
    await library.reload();
    expect(library.current().tools.get("echo")?.description).toBe("About echo.");
    writeProgram("echo", yaml("echo").replace("About", "All about"));
    expect(await changes()).toEqual(["echo changed"]);
    expect(library.current().tools.get("echo")?.description).toBe("All about echo.");
  });

  test("a bad edit keeps the last good version and says so once; the mend takes effect", async () => {
    writeModule("greet", "good");
    writeProgram("echo");
    await library.reload();
    writeModule("greet", "worse", "capabilites: [],");
    writeProgram("echo", yaml("echo", "timeoutSecond: 5\n"));
    await library.reload();
    await library.reload();
    expect([await run("greet"), await run("echo", { a: 1 })]).toEqual(["good", '{"a":1}']);
    expect(problems()).toEqual([
      'echo/tool.yaml:6: timeoutSecond is not known; did you mean "timeoutSeconds"?',
      'greet.ts: capabilites is not known; did you mean "capabilities"?',
    ]);
    expect(warned).toHaveLength(2);
    expect(warned.every((line) => line.includes("the last good version stays"))).toBe(true);
    writeModule("greet", "better");
    writeProgram("echo");
    await library.reload();
    expect([await run("greet"), problems()]).toEqual(["better", []]);
  });

  test("looks that overlap end in the newest state", async () => {
    writeModule("greet", "one");
    const first = library.reload();
    writeModule("greet", "two");
    await Promise.all([first, library.reload()]);
    expect(await run("greet")).toBe("two");
  });

  test("where there is no sandbox programs are off with the reason, modules stay, and it comes back by itself", async () => {
    writeModule("greet", "good");
    writeProgram("echo");
    await library.reload();
    const before = library.current();
    programs = { off: "there is no sandbox: not installed: bwrap (apt-get install bubblewrap)" };
    await library.reload();
    expect([names(), problems()]).toEqual([
      ["greet"],
      ["echo/tool.yaml: it is off: there is no sandbox: not installed: bwrap (apt-get install bubblewrap)"],
    ]);
    expect(warned.join()).toContain("apt-get install bubblewrap");
    // A task that began before has the tool still, and it runs nowhere.
    await expect(before.tools.get("echo")?.run({}, toolContext())).rejects.toThrow("no sandbox");
    programs = plainly;
    await library.reload();
    expect([names(), problems(), await run("echo", { a: 1 })]).toEqual([["echo", "greet"], [], '{"a":1}']);
  });

  test("a folder that is not there has no tools", async () => {
    library = open(join(root, "nowhere"));
    expect([await changes(), names()]).toEqual([[], []]);
  });
});

describe("modules that are not usable", () => {
  test.each([
    ["no default export", "export const x = 1;", /^bad\.ts: it has no default export/],
    ["a mistake of syntax", "const a = 1;\nconst b = ;\n", /^bad\.ts(:\d+)?: /],
    ["a throw at once", 'throw new Error("at load");', /^bad\.ts(:\d+)?: at load/],
    ["a missing import", 'import "./nothing.ts";', /^bad\.ts(:\d+)?: .*nothing\.ts/],
    [
      "no function",
      'export default { name: "bad", description: "d", capabilities: [], parameters: { type: "object" } };',
      /run is missing/,
    ],
    [
      "another name",
      'export default { name: "other", description: "d", capabilities: [], parameters: { type: "object" }, run() {} };',
      /the file is bad/,
    ],
    [
      "an unknown capability",
      'export default { name: "bad", description: "d", capabilities: ["fs.raed"], parameters: { type: "object" }, run() {} };',
      /"fs\.raed" is no capability; known are .*fs\.read/,
    ],
    [
      "parameters that are no schema",
      'export default { name: "bad", description: "d", capabilities: [], parameters: { type: "object", required: 5 }, run() {} };',
      /parameters: schema is invalid/,
    ],
  ])("%s", async (_, text, message) => {
    writeModule("good", "fine");
    writeFileSync(join(root, "bad.ts"), text);
    await library.reload();
    expect(problems()).toEqual([expect.stringMatching(message)]);
    expect(problems().join().includes(root)).toBe(false);
    expect([names(), await run("good")]).toEqual([["good"], "fine"]);
  });

  test("one that never ends being imported is given up", async () => {
    const clock = new FakeClock();
    library = createToolLibrary({
      folder: root,
      log,
      timers: clock,
      programs: () => programs,
      builtIn: [],
      hasBin: () => true,
      importModule: () => {
        queueMicrotask(() => clock.advance(6_000));
        return new Promise(() => {});
      },
    });
    writeModule("bad", "never");
    await library.reload();
    expect(problems()).toEqual(["bad.ts: importing it took over 5 seconds"]);
  });

  test("one that failed is not imported again until it is edited", async () => {
    let imports = 0;
    library = createToolLibrary({
      folder: root,
      log,
      timers: systemClock,
      programs: () => programs,
      builtIn: [],
      hasBin: () => true,
      importModule: async () => {
        imports += 1;
        throw new Error("broken");
      },
    });
    writeModule("bad", "never");
    await library.reload();
    await library.reload();
    expect([imports, problems()]).toEqual([1, ["bad.ts: broken"]]);
  });
});

describe("files that are not usable", () => {
  const base = yaml("bad");
  test.each([
    ["another name", yaml("other"), "bad/tool.yaml:1: name is other but the file is bad: make them the same"],
    ["no description", base.replace(/description.*\n/, ""), /:1: description is missing/],
    ["no capabilities", base.replace(/capabilities.*\n/, ""), /:1: capabilities is missing/],
    ["an unknown capability", base.replace("[]", "[fly]"), /:3: capabilities\.0: "fly" is no capability/],
    ["no parameters", base.replace(/parameters.*\n/, ""), /:1: parameters is missing/],
    ["parameters of another type", base.replace("type: object", "type: string"), /:4: parameters.*the outermost type/],
    [
      "parameters that are no schema",
      base.replace("object }", "object, properties: 3 }"),
      /:4: parameters: schema is inv/,
    ],
    [
      "a reference that leads nowhere",
      base.replace("object }", 'object, $ref: "http://x/y" }'),
      /:4: parameters: can't res/,
    ],
    ["no command", base.replace(/command.*\n/, ""), /:1: command is missing/],
    ["an empty command", base.replace("[cat]", "[]"), /:5: command/],
    [
      "a program that is not installed",
      base.replace("cat", "missing"),
      /:5: command: the program missing is not installed/,
    ],
    ["a time of no length", `${base}timeoutSeconds: 0\n`, /:6: timeoutSeconds/],
    ["a word where a switch is", `${base}repeatable: "yes"\n`, /:6: repeatable/],
    ["a key twice", `${base}name: bad\n`, /:6: Map keys must be unique/],
    ["an alias", base.replace("[cat]", "&a [cat]").concat("env: *a\n"), /aliases are not read/],
    ["a tag", base.replace("[cat]", "!!js/function [cat]"), /:5: Unresolved tag/],
    ["no YAML", "name: [", /:1: /],
    ["a list", "- a\n- b\n", /name is missing|expected object/],
    ["nothing", "", /name is missing/],
    ["very much", `${base}# ${"x".repeat(40_000)}`, /has over 32000 characters/],
    ["bytes that are no text", Buffer.from([0x6e, 0xff, 0xfe]), /not UTF-8/],
  ])("%s", async (_, text, message) => {
    mkdirSync(join(root, "bad"));
    writeFileSync(join(root, "bad/tool.yaml"), text);
    writeProgram("good");
    await library.reload();
    expect(problems()).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
    expect(names()).toEqual(["good"]);
  });

  test("links that lead out, files of many megabytes and pipes are refused, and nothing waits for them", async () => {
    writeFileSync(join(root, "..", "secret.ts"), "export default 1;");
    symlinkSync(join(root, "..", "secret.ts"), join(root, "leads_out.ts"));
    symlinkSync("/nowhere", join(root, "broken.ts"));
    writeFileSync(join(root, "huge.ts"), `//${"x".repeat(1_100_000)}`);
    mkdirSync(join(root, "no_file"));
    writeFileSync(join(root, "no_file/run.py"), "");
    await library.reload();
    expect(problems()).toEqual([
      "broken.ts: it cannot be read (ENOENT)",
      "huge.ts: it has over 1 MB",
      "leads_out.ts: a link leads out of the tools folder",
      "no_file/tool.yaml: the file is missing",
    ]);
  });
});

describe("names", () => {
  test("of the house, of MCP servers, and other names of both are not for the taking", async () => {
    for (const name of ["recall", "bash", "mcp_github_search", "webfetch"]) writeModule(name, "mine");
    await library.reload();
    expect(names()).toEqual([]);
    expect(problems()).toEqual([
      "bash.ts: bash is another name of run_command: choose one of its own",
      "mcp_github_search.ts: names that begin with mcp_ belong to MCP servers",
      "recall.ts: recall is a built-in tool: choose another name",
      "webfetch.ts: webfetch is another name of fetch_url: choose one of its own",
    ]);
  });

  test("a second tool of the same name never takes the first one's place", async () => {
    writeProgram("twice");
    await library.reload();
    writeModule("twice", "second");
    await library.reload();
    expect(await run("twice", { a: 1 })).toBe('{"a":1}');
    expect(problems()).toEqual(["twice.ts: twice/tool.yaml is a tool of this name already"]);
  });

  test("other files may lie there, a module under an impossible name is told", async () => {
    for (const name of ["README.md", "greet.test.ts", ".greet.ts.swp", "count-words.ts"])
      writeFileSync(join(root, name), "");
    await library.reload();
    expect(problems()).toEqual(["count-words.ts: a tool's file is named in small letters, digits and _"]);
  });
});

test("the tools that are shipped work", async () => {
  library = open(resolve(import.meta.dirname, "../../../tools"));
  await library.reload();
  expect(problems()).toEqual([]);
  expect(await run("count_words", { text: "Hello wide world\n你好" })).toBe(
    '{"words":3,"cjkCharacters":2,"lines":2,"characters":19}',
  );
  expect(await run("days_between", { from: "2026-11-20", to: "2026-11-30" })).toBe('{"days":10,"weekdays":6}');
  expect(await run("days_between", { from: "2026-03-01", to: "2026-02-27" })).toBe('{"days":-2,"weekdays":-1}');
  await expect(run("days_between", { from: "2026-02-30", to: "2026-03-01" })).rejects.toThrow("no date 2026-02-30");
});
