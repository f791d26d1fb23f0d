// `signalbox start`: serves until a signal, then lets running work end within a bound. What is not finished is in the ledger.

import { type Setup, setUp } from "../wiring/set-up.ts";
import { announceServer } from "./server-file.ts";

const LEAVING_MS_MAX = 5_000;

/** Resolves with the exit code. */
export async function start(folder: string): Promise<number> {
  const setup = setUp(folder, process.stdout);
  const { log, config } = setup;
  process.on("unhandledRejection", (error) => log.error("unhandled rejection", { error }));
  const signal = nextSignal();
  // A mistake in the configuration is told before the rest is loaded.
  const { openApp } = await import("../main.ts");
  const { app, models, sandboxOff, close } = await openApp(setup);
  let url: string;
  try {
    url = await app.http.listen();
  } catch (error) {
    await close(0);
    throw error;
  }
  const withdraw = announceServer(config.paths.data, url);
  log.info("ready", { url, models, config: setup.file ?? "defaults", data: config.paths.data });
  if (process.stderr.isTTY) process.stderr.write(welcome(url, models, sandboxOff));

  log.info("leaving", { signal: await signal, drainSeconds: config.limits.drainSeconds });
  withdraw();
  await closeWithin(setup, close);
  log.info("left");
  return 0;
}

/** Whatever hangs may not keep the process. */
async function closeWithin({ log, config }: Setup, close: (drainMs: number) => Promise<void>): Promise<void> {
  const drainMs = config.limits.drainSeconds * 1_000;
  const giveUp = setTimeout(() => {
    log.error("gave up waiting for what still runs");
    process.exit(1);
  }, drainMs + LEAVING_MS_MAX);
  await close(drainMs);
  clearTimeout(giveUp);
}

function welcome(url: string, models: readonly string[], sandboxOff: string | undefined): string {
  const isDemo = models[0]?.startsWith("demo/") === true;
  const hint = isDemo
    ? "  No model key is set: the demo answers. Put OPENAI_API_KEY or ANTHROPIC_API_KEY into .env.\n"
    : "";
  const wall =
    sandboxOff === undefined
      ? ""
      : `  There is no sandbox (${sandboxOff}):\n  run_command, programs in tools/ and MCP servers that are programs are off.\n`;
  return `\n  Signalbox is ready: ${url}\n${hint}${wall}  In another terminal: npx signalbox chat\n\n`;
}

/** Resolves with the first signal; a second one leaves at once, also in the moment after the first. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isLeaving = false;
    for (const [signal, code] of [
      ["SIGTERM", 143],
      ["SIGINT", 130],
    ] as const) {
      process.on(signal, () => {
        if (isLeaving) process.exit(code);
        isLeaving = true;
        resolve(signal);
      });
    }
  });
}
