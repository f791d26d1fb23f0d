// The hand-played Slack, as one types it: a real Bolt bot answers in the terminal.

import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import { expect, test } from "vitest";
import { Changes } from "./changes.ts";

const ENTRY = resolve(import.meta.dirname, "../sim.ts");

test("what is typed reaches a bot that was given the printed lines, and its answer is printed", async () => {
  const player = spawn(process.execPath, [ENTRY, "slack"], { stdio: ["pipe", "pipe", "inherit"] });
  const changes = new Changes();
  let printed = "";
  player.stdout.on("data", (text) => {
    printed += String(text);
    changes.notify();
  });
  const until = (text: string) =>
    changes.until(
      () => printed.includes(text),
      () => printed,
      10_000,
    );
  await until("quit");
  const env = (name: string): string => new RegExp(`^${name}=(.+)$`, "m").exec(printed)?.[1] ?? "";
  const clientOptions = { slackApiUrl: env("SLACK_API_URL") };
  const appToken = env("SLACK_APP_TOKEN");
  const receiver = new SocketModeReceiver({ appToken, logLevel: LogLevel.ERROR, installerOptions: { clientOptions } });
  const bot = new App({ token: env("SLACK_BOT_TOKEN"), receiver, logLevel: LogLevel.ERROR, clientOptions });
  bot.event("app_mention", async ({ event, say }) => {
    await say({ text: `heard ${event.text.length} characters`, thread_ts: event.ts });
  });
  await bot.start();
  player.stdin.write("say general @bot hello\n");
  await until("bot: heard 20 characters");
  await bot.stop();
  const ended = new Promise((done) => player.once("exit", done));
  player.stdin.write("quit\n");
  expect(await ended).toBe(0);
});
