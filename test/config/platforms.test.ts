// Half a set of credentials is an error that names what is missing; a whole one says how the platform is reached.

import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../src/config/environment.ts";
import { feishuSettings, slackSettings } from "../../src/config/platforms.ts";

const nowhere = "/nonexistent";
const slack = (set: Record<string, string>) => slackSettings(readEnvironment(nowhere, set));
const feishu = (set: Record<string, string>) => feishuSettings(readEnvironment(nowhere, set));

describe("Slack", () => {
  test("is off without credentials", () => {
    expect(slack({})).toBeUndefined();
    expect(slack({ SLACK_API_URL: "http://127.0.0.1:1/api" })).toBeUndefined();
  });

  test.each([
    [{ SLACK_BOT_TOKEN: "xoxb-1" }, /SLACK_APP_TOKEN.*SLACK_SIGNING_SECRET.*missing/],
    [{ SLACK_APP_TOKEN: "xapp-1" }, /SLACK_BOT_TOKEN is missing/],
    [{ SLACK_SIGNING_SECRET: "s" }, /SLACK_BOT_TOKEN is missing/],
  ])("%j names the rest", (set, message) => {
    expect(() => slack(set as Record<string, string>)).toThrow(message);
  });

  test("an app token means Socket Mode, a signing secret alone HTTP", () => {
    const both = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_SIGNING_SECRET: "s" };
    expect(slack(both)?.transport).toEqual({ mode: "socket", appToken: "xapp-1" });
    const { SLACK_APP_TOKEN: _, ...http } = both;
    expect(slack(http)).toMatchObject({ transport: { mode: "http" }, apiUrl: "https://slack.com/api/" });
    expect(slack({ ...http, SLACK_API_URL: "http://127.0.0.1:1/api" })?.apiUrl).toBe("http://127.0.0.1:1/api/");
  });
});

describe("Feishu", () => {
  const set = { FEISHU_APP_ID: "cli_1", FEISHU_APP_SECRET: "secret" };

  test.each([
    [{ FEISHU_APP_ID: "cli_1" }, /FEISHU_APP_SECRET is missing/],
    [{ FEISHU_APP_SECRET: "x" }, /FEISHU_APP_ID is missing/],
    [{ ...set, FEISHU_MODE: "webhook" }, /FEISHU_ENCRYPT_KEY/],
  ])("%j names the rest", (half, message) => {
    expect(() => feishu(half as Record<string, string>)).toThrow(message);
  });

  test("is off without credentials; the domain is Feishu, Lark or an address", () => {
    expect(feishu({})).toBeUndefined();
    expect(feishu(set)).toMatchObject({ domain: "https://open.feishu.cn", transport: { mode: "ws" } });
    expect(feishu({ ...set, FEISHU_DOMAIN: "lark" })?.domain).toBe("https://open.larksuite.com");
    expect(feishu({ ...set, FEISHU_DOMAIN: "http://127.0.0.1:1/" })?.domain).toBe("http://127.0.0.1:1");
    expect(() => feishu({ ...set, FEISHU_DOMAIN: "elsewhere" })).toThrow(/feishu, lark or an http/);
  });
});
