// An edit of signalbox.yaml: taken whole or not at all (P13), in force for what comes next (P14).

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readEnvironment } from "../../src/config/environment.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Log } from "../../src/core/log.ts";
import { createSpeechRedactor } from "../../src/lib/redact-speech.ts";
import { createLiveConfig, type LiveConfig } from "../../src/wiring/live-config.ts";

const speech = createSpeechRedactor({ secrets: [], folders: [] });
let folder: string;
let warnings: string[];
let live: LiveConfig;

const file = (): string => join(folder, "config/signalbox.yaml");

/** As most editors do it: a new file takes the place of the old one. */
function edit(yaml: string): void {
  writeFileSync(`${file()}~`, yaml);
  renameSync(`${file()}~`, file());
}

const log: Log = {
  debug: () => {},
  info: () => {},
  warn: (text, fields) => warnings.push(`${text} ${JSON.stringify(fields)}`),
  error: () => {},
  child: () => log,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-live-"));
  mkdirSync(join(folder, "config"));
  warnings = [];
  edit("limits: { taskSeconds: 100 }\n");
  live = createLiveConfig({ folder, environment: readEnvironment(folder), speech, log, ...loadConfig({ folder }) });
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("a good edit", () => {
  test("is in force, and known by its hash", () => {
    edit("limits: { taskSeconds: 200 }\n");
    expect(live.reload()).toMatch(/^[0-9a-f]{64}$/);
    expect(live.now().limits.taskSeconds).toBe(200);
  });

  test("is taken once: a file that says the same changes nothing", () => {
    edit("# only a comment\nlimits: { taskSeconds: 100 }\n");
    expect(live.reload()).toBeUndefined();
  });

  test("of a model role brings its models", () => {
    expect(live.models().second).toBeUndefined();
    edit("models: { roles: { second: [demo/demo] } }\n");
    live.reload();
    expect(live.models().second?.map(({ name }) => name)).toEqual(["demo/demo"]);
  });

  test("of where folders lie waits for a restart, and says so once", () => {
    edit("paths: { tools: ./elsewhere }\nlimits: { taskSeconds: 300 }\n");
    live.reload();
    live.reload();
    expect(live.now().paths.tools).not.toContain("elsewhere");
    expect(live.now().limits.taskSeconds).toBe(300);
    expect(warnings).toEqual(['these keys are in force after a restart {"keys":"paths"}']);
  });
});

describe("a bad edit leaves what was, and is told once", () => {
  test.each([
    ["no YAML", "limits: { taskSeconds: ", /signalbox\.yaml:1: /],
    ["an unknown key", "limits: {}\nlimit: {}\n", /signalbox\.yaml:2: limit is not known; did you mean "limits"/],
    ["a network that allows too much", "fetch: { allowCidrs: [0.0.0.0/0] }\n", /signalbox\.yaml:1: .*allows too much/],
    ["an address where names are listed", "network: { hosts: [10.0.0.1] }\n", /signalbox\.yaml:1: .*write names/],
    ["a value out of range", "limits:\n  taskSeconds: 0\n", /signalbox\.yaml:2: limits\.taskSeconds/],
    [
      "a provider nobody knows",
      "models: { roles: { main: [mistral/large] } }\n",
      /signalbox\.yaml:1: .*mistral.* names no provider/,
    ],
  ])("%s", (_, yaml, told) => {
    edit(yaml);
    expect(live.reload()).toBeUndefined();
    expect(live.reload()).toBeUndefined();
    expect(live.now().limits.taskSeconds).toBe(100);
    expect(live.problem()).toMatch(told);
    expect(warnings.length).toBe(1);

    edit("limits: { taskSeconds: 150 }\n");
    live.reload();
    expect(live.now().limits.taskSeconds).toBe(150);
    expect(live.problem()).toBeUndefined();
  });

  test("a file that vanishes does not bring the defaults back: they may grant more", () => {
    rmSync(file());
    expect(live.reload()).toBeUndefined();
    expect(live.now().limits.taskSeconds).toBe(100);
    expect(live.problem()).toMatch(/is gone/);
  });
});
