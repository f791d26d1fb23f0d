// What is set: the process wins over .env, empty is none, and each mistake names its variable.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readEnvironment, secretsOf } from "../../src/config/environment.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-env-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dotEnv = (text: string): void => writeFileSync(join(folder, ".env"), text);

const DEFAULTS = { HOST: "127.0.0.1", PORT: 8787, FEISHU_MODE: "ws", FEISHU_DOMAIN: "feishu" };

describe("what is set", () => {
  test("nothing: loopback, the default port, no keys", () => {
    expect(readEnvironment(folder, {})).toEqual(DEFAULTS);
  });

  test(".env is read, and what the process was given wins over it", () => {
    dotEnv("PORT=1000\nOPENAI_API_KEY='from file' # comment\nexport HOST=::1\n");
    expect(readEnvironment(folder, { PORT: "2000" })).toMatchObject({
      PORT: 2000,
      OPENAI_API_KEY: "from file",
      HOST: "::1",
    });
  });

  test("an empty value is none, in the file as in the process, and switches nothing on", () => {
    dotEnv("OPENAI_API_KEY=\nANTHROPIC_API_KEY=   \nHOST=\nPORT=\n");
    const environment = readEnvironment(folder, { SIGNALBOX_ADMIN_TOKEN: " ", OPENAI_BASE_URL: "" });
    expect(environment).toEqual(DEFAULTS);
  });

  test("an empty value of the process switches off what the file sets", () => {
    dotEnv("OPENAI_API_KEY=from-file\n");
    expect(readEnvironment(folder, { OPENAI_API_KEY: "" }).OPENAI_API_KEY).toBe(undefined);
  });

  test("blanks around a value, a byte-order mark and the line ends of Windows are no part of it", () => {
    dotEnv("\uFEFFOPENAI_API_KEY=  key-of-the-file  \r\nPORT=99\r\n");
    expect(readEnvironment(folder, { ANTHROPIC_API_KEY: " x \n" })).toMatchObject({
      OPENAI_API_KEY: "key-of-the-file",
      ANTHROPIC_API_KEY: "x",
      PORT: 99,
    });
  });

  test("other variables are left out: nothing else of the machine comes in", () => {
    expect(readEnvironment(folder, { PATH: "/bin", AWS_SECRET: "x" })).toEqual(DEFAULTS);
  });
});

describe("mistakes", () => {
  test.each([
    ["PORT", "http", "port number"],
    ["PORT", "70000", "port number"],
    ["PORT", "-1", "port number"],
    ["PORT", "80.5", "port number"],
    ["LOG_LEVEL", "loud", "one of trace, debug"],
    ["SIGNALBOX_ADMIN_TOKEN", "short-secret", "at least 16"],
    ["OPENAI_BASE_URL", "localhost:11434", "http"],
    ["OPENAI_BASE_URL", "ftp://host", "http"],
    ["ANTHROPIC_BASE_URL", "not a url", "http"],
  ])("%s=%s is named with what it must be, and not repeated", (name, value, says) => {
    const read = () => readEnvironment(folder, { [name]: value });
    expect(read).toThrow(new RegExp(`${name}: .*${says}`));
    if (name.includes("TOKEN")) expect(read).not.toThrow(new RegExp(value));
  });

  test("all of them are told at once", () => {
    expect(() => readEnvironment(folder, { PORT: "x", LOG_LEVEL: "y" })).toThrow(/PORT: [\s\S]*LOG_LEVEL: /);
  });

  test("a .env that is a folder is named", () => {
    mkdirSync(join(folder, ".env"));
    expect(() => readEnvironment(folder, {})).toThrow(/\.env cannot be read \(EISDIR\)/);
  });
});

test("every key that is set is a secret for the redactor", () => {
  const set = {
    OPENAI_API_KEY: "openai-key",
    ANTHROPIC_API_KEY: "anthropic-key",
    SIGNALBOX_ADMIN_TOKEN: "0123456789abcdef",
    DATABASE_URL: "postgres://user:pass@host/db",
  };
  expect(secretsOf(readEnvironment(folder, set)).toSorted()).toEqual(Object.values(set).toSorted());
  expect(secretsOf(readEnvironment(folder, {}))).toEqual([]);
});
