// The real WebClient without its retries, and what it was refused with.

import {
  LogLevel,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
  type WebClientOptions,
} from "@slack/web-api";
import { type SlackSimulator, type SlackSimulatorOptions, startSlackSimulator } from "./slack-simulator.ts";

/** A logger that says nothing: what goes wrong here goes wrong on purpose. */
export const silence = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

export const plainClient = (sim: SlackSimulator, options: WebClientOptions = {}): WebClient =>
  new WebClient(sim.botToken, {
    slackApiUrl: sim.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silence,
    ...options,
  });

export async function start(options: SlackSimulatorOptions = {}) {
  const sim = await startSlackSimulator(options);
  return { sim, client: plainClient(sim), channel: sim.channels.general.id, [Symbol.asyncDispose]: () => sim.close() };
}

/** Slack's code, the seconds to wait, or what else went wrong. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return "no refusal";
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return error.data.error;
    return error instanceof WebAPIRateLimitedError ? error.retryAfter : String(error);
  }
}
