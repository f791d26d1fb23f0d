// What the doctor says of a machine: each finding with its level and, where something is to be done, how.

import { describe, expect, test } from "vitest";
import { type DoctorParts, diagnose, findingLine } from "../../src/config/doctor.ts";
import type { Environment } from "../../src/config/environment.ts";
import { configSchema } from "../../src/config/schema.ts";

const environmentWith = (more: Partial<Environment>): Environment => ({
  HOST: "127.0.0.1",
  PORT: 8787,
  FEISHU_MODE: "ws",
  FEISHU_DOMAIN: "feishu",
  ...more,
});

const partsWith = (parts: Partial<DoctorParts> = {}): DoctorParts => ({
  config: configSchema.parse({}),
  file: undefined,
  environment: environmentWith({}),
  nodeVersion: "24.21.0",
  models: { main: ["openai/gpt"], cheap: ["openai/gpt"] },
  checks: [{ name: "data folder", look: async () => "/data: 0 sessions" }],
  options: [],
  ...parts,
});

const broken = async (parts: Partial<DoctorParts>): Promise<readonly string[]> =>
  (await diagnose(partsWith(parts))).filter(({ level }) => level === "broken").map(findingLine);

describe("the doctor", () => {
  test("finds nothing broken on a machine in order", async () => {
    expect(await broken({})).toEqual([]);
  });

  test("without a key: the demo answers, which is off and not broken, with the way to a key", async () => {
    const findings = await diagnose(partsWith({ models: { main: ["demo/demo"] } }));
    const demo = findings.find(({ what }) => what.includes("model role main"));
    expect(demo).toMatchObject({ level: "off", mend: expect.stringMatching(/OPENAI_API_KEY.*ANTHROPIC_API_KEY/) });
  });

  test.each(["20.11.1", "22.0.0", "9.0.0"])(
    "Node %s is too old, and says how to get a newer one",
    async (nodeVersion) => {
      expect(await broken({ nodeVersion })).toEqual([expect.stringMatching(/older than 24[\s\S]*-> .*npm start/)]);
    },
  );

  test.each(["24.0.0", "26.1.0", "100.0.0"])("Node %s is new enough", async (nodeVersion) => {
    expect(await broken({ nodeVersion })).toEqual([]);
  });

  test("a check that throws is broken with its words, and the other checks go on", async () => {
    const checks = [
      { name: "first", look: () => Promise.reject(new Error("it is locked")) },
      { name: "second", look: () => Promise.reject("a bare word") },
      { name: "third", look: async () => "fine" },
    ];
    expect(await broken({ checks })).toEqual(["BROKEN first: it is locked", "BROKEN second: a bare word"]);
    const findings = await diagnose(partsWith({ checks }));
    expect(findings).toContainEqual({ level: "ok", what: "third: fine" });
  });

  test.each(["0.0.0.0", "192.168.1.5", "::", "example.com"])("HOST=%s without a token is broken", async (HOST) => {
    expect(await broken({ environment: environmentWith({ HOST, PORT: 1 }) })).toEqual([
      expect.stringMatching(/HOST=.* lets others in[\s\S]*-> set SIGNALBOX_ADMIN_TOKEN/),
    ]);
  });

  test("with a token it is not, and the token is not told", async () => {
    const environment = environmentWith({ HOST: "0.0.0.0", PORT: 1, SIGNALBOX_ADMIN_TOKEN: "very-secret-token-1" });
    expect(await broken({ environment })).toEqual([]);
    const lines = (await diagnose(partsWith({ environment }))).map(findingLine).join("\n");
    expect(lines).not.toContain("very-secret");
  });

  test("what this version cannot do yet is said", async () => {
    const environment = environmentWith({ HOST: "127.0.0.1", PORT: 1, DATABASE_URL: "postgres://user:pass@host/db" });
    const options = [
      { name: "Slack", look: undefined, off: "no credentials are set", mend: "put SLACK_BOT_TOKEN into .env" },
      { name: "Feishu/Lark", look: async () => "all is well", off: "", mend: "" },
    ];
    const lines = (await diagnose(partsWith({ environment, options }))).map(findingLine).join("\n");
    expect(lines).toMatch(/BROKEN DATABASE_URL: [\s\S]*-> unset it/);
    expect(lines).not.toContain("pass@");
    expect(lines).toMatch(/off +Slack: no credentials[^\n]*\n +-> put SLACK_BOT_TOKEN/);
    expect(lines).toMatch(/ok +Feishu\/Lark: all is well/);
  });
});
