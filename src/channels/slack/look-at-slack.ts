// What the doctor sees of Slack: whether the tokens are good, which scopes are missing, and whether the transport can be had.

import { LogLevel, WebAPIPlatformError, WebClient } from "@slack/web-api";
import { z } from "zod";
import { AppError } from "../../core/errors.ts";
import type { SlackSettings } from "../../core/platform-settings.ts";
import { createTickets } from "./in/socket-mode.ts";
import { tokenMend } from "./slack-identity.ts";

/** What each scope of the manifest is for. */
const SCOPES: Readonly<Record<string, string>> = {
  "app_mentions:read": "hearing mentions",
  "chat:write": "answering",
  "channels:history": "follow-ups in public channels, catching up",
  "groups:history": "follow-ups in private channels, catching up",
  "im:history": "direct messages",
  "mpim:history": "group direct messages",
  "channels:read": "names of channels",
  "users:read": "names of people",
  "files:read": "reading files that people send",
  "files:write": "sending files",
  "reactions:read": "reactions as requests",
  "reactions:write": "showing that a message was seen",
  commands: "the slash command",
};
/** Where Slack does not say which scopes a token has: calls that change nothing, and the scope each needs. */
const PROBES: readonly (readonly [method: string, args: Readonly<Record<string, string>>])[] = [
  ["users.info", { user: "USLACKBOT" }],
  ["conversations.list", { types: "public_channel", limit: "1" }],
  ["conversations.history", { channel: "C00000000" }],
  ["files.info", { file: "F00000000" }],
];
const needed = z.object({ needed: z.string() });
const CALL_MS_MAX = 10_000;

/** One line about it. Throws AppError `bad-config` that says what to mend. */
export async function lookAtSlack({ botToken, apiUrl, transport }: SlackSettings): Promise<string> {
  const client = new WebClient(botToken, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_MS_MAX,
    logLevel: LogLevel.ERROR,
  });
  const { user, team, response_metadata } = await asked(() => client.auth.test());
  const granted = response_metadata?.scopes;
  const missing = granted
    ? Object.keys(SCOPES).filter((scope) => !granted.includes(scope))
    : await missingByProbe(client);
  if (missing.length > 0) {
    const lines = missing.map((scope) => `${scope}${SCOPES[scope] === undefined ? "" : ` (${SCOPES[scope]})`}`);
    throw new AppError(
      "bad-config",
      `the bot "${user}" lacks scopes: add them under OAuth & Permissions, then install the app again:\n  ${lines.join("\n  ")}`,
    );
  }
  if (transport.mode === "socket") await asked(() => createTickets(transport.appToken, apiUrl)());
  const how =
    transport.mode === "socket" ? "Socket Mode" : "HTTP events at /slack/events, which Slack must be able to reach";
  return `the bot "${user}" of ${team} answers, over ${how}`;
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = error instanceof WebAPIPlatformError ? error.data.error : undefined;
    const what =
      code === undefined ? "Slack cannot be reached: check the network and SLACK_API_URL" : `Slack answers ${code}`;
    throw new AppError("bad-config", (code && tokenMend(code)) ?? what, { cause: error });
  }
}

async function missingByProbe(client: WebClient): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const [method, args] of PROBES) {
    try {
      await client.apiCall(method, { ...args });
    } catch (error) {
      if (!(error instanceof WebAPIPlatformError) || error.data.error !== "missing_scope") continue;
      for (const scope of (needed.safeParse(error.data).data?.needed ?? method).split(",")) missing.add(scope);
    }
  }
  return [...missing];
}
