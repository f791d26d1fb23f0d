// Which chat platforms are on: one with its credentials runs, one without is off, and half a set is an error that names the rest.

import { AppError } from "../core/errors.ts";
import type { FeishuSettings, SlackSettings } from "../core/platform-settings.ts";
import type { Environment } from "./environment.ts";

const SLACK_API_URL = "https://slack.com/api/";
const FEISHU_DOMAINS: Readonly<Record<string, string>> = {
  feishu: "https://open.feishu.cn",
  lark: "https://open.larksuite.com",
};

/** Undefined when Slack is off; throws AppError `bad-config` for half a set. */
export function slackSettings(environment: Environment): SlackSettings | undefined {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = environment;
  if (botToken === undefined) {
    const given = appToken === undefined ? "SLACK_SIGNING_SECRET" : "SLACK_APP_TOKEN";
    if (appToken !== undefined || signingSecret !== undefined)
      throw halfASet(`${given} is set but SLACK_BOT_TOKEN is missing`);
    return undefined;
  }
  const apiUrl = (environment.SLACK_API_URL ?? SLACK_API_URL).replace(/\/*$/, "/");
  if (appToken !== undefined) return { botToken, apiUrl, transport: { mode: "socket", appToken } };
  if (signingSecret !== undefined) return { botToken, apiUrl, transport: { mode: "http", signingSecret } };
  throw halfASet(
    "SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP) is missing",
  );
}

/** Undefined when Feishu is off; throws AppError `bad-config` for half a set. */
export function feishuSettings(environment: Environment): FeishuSettings | undefined {
  const { FEISHU_APP_ID: appId, FEISHU_APP_SECRET: appSecret, FEISHU_DOMAIN: place } = environment;
  const { FEISHU_ENCRYPT_KEY: encryptKey, FEISHU_VERIFICATION_TOKEN: verificationToken } = environment;
  if (appId === undefined && appSecret === undefined) return undefined;
  if (appId === undefined) throw halfASet("FEISHU_APP_SECRET is set but FEISHU_APP_ID is missing");
  if (appSecret === undefined) throw halfASet("FEISHU_APP_ID is set but FEISHU_APP_SECRET is missing");
  const domain = (FEISHU_DOMAINS[place] ?? place).replace(/\/*$/, "");
  if (environment.FEISHU_MODE === "ws") return { appId, appSecret, domain, transport: { mode: "ws" } };
  if (encryptKey === undefined && verificationToken === undefined)
    throw halfASet(
      "FEISHU_MODE=webhook needs FEISHU_ENCRYPT_KEY (or at least FEISHU_VERIFICATION_TOKEN), which is missing",
    );
  return { appId, appSecret, domain, transport: { mode: "webhook", encryptKey, verificationToken } };
}

const halfASet = (what: string): AppError => new AppError("bad-config", what);
