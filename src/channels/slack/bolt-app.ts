// Bolt between our transports and our listeners: it knows the kinds of payloads and which listener each is for. How payloads arrive
// and when they are acknowledged is ours: Bolt would acknowledge an event before it is stored (docs/decisions, Slack transports).

import { App, LogLevel, type Receiver } from "@slack/bolt";
import { z } from "zod";
import type { Log } from "../../core/log.ts";
import type { SlackSettings } from "../../core/platform-settings.ts";
import { BUTTON_PREFIX } from "./in/press.ts";
import type { SlackIdentity } from "./slack-identity.ts";

export interface Listeners {
  /** An event in its envelope. Rejects when it could not be stored: then it is not acknowledged. */
  event(envelope: unknown): Promise<void>;
  /** A press of one of our buttons. */
  press(body: unknown): Promise<void>;
  command(body: unknown): Promise<void>;
}

/** Hands a payload to its listener; when it resolves the payload may be acknowledged. */
export type Receive = (payload: unknown) => Promise<void>;

const body = z.looseObject({ type: z.unknown().optional(), event: z.looseObject({ type: z.string() }).optional() });
const RATE_LIMITED = "app_rate_limited";

export interface BoltParts {
  readonly settings: SlackSettings;
  readonly identity: () => Promise<SlackIdentity>;
  readonly listeners: Listeners;
  readonly log: Log;
}

export function createBoltApp({ settings, identity, listeners, log }: BoltParts): Receive {
  const noReceiver: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} };
  const app = new App({
    receiver: noReceiver,
    authorize: async () => {
      const { team, botUser, botId } = await identity();
      return { botToken: settings.botToken, teamId: team, botUserId: botUser, botId };
    },
    clientOptions: { slackApiUrl: settings.apiUrl },
    logger: boltLogger(log),
    // Its own would let our own edits through, and keep a conversation state nobody reads.
    ignoreSelf: false,
    convoStore: false,
    attachFunctionToken: false,
  });
  app.event(/./, async ({ body: envelope }) => listeners.event(envelope));
  app.action({ action_id: new RegExp(`^${BUTTON_PREFIX}`) }, async ({ body: pressed }) => listeners.press(pressed));
  app.command(/^\//, async ({ body: command }) => listeners.command(command));
  app.error(async (error) => {
    throw error;
  });

  async function processed(given: z.infer<typeof body>): Promise<void> {
    try {
      await app.processEvent({ body: given, ack: async () => {} });
    } catch (error) {
      // Our listener of presses never fails, so it is a payload that Bolt cannot read; it is not sent again either.
      if (given.actions === undefined) throw error;
      log.warn("a press is not understood", { error });
    }
  }

  return async (payload) => {
    const parsed = body.safeParse(payload);
    if (!parsed.success) log.warn("a payload of Slack's is not understood");
    else if (parsed.data.type === RATE_LIMITED) log.warn("Slack holds events back: too many in this minute");
    else await processed(parsed.data);
  };
}

function boltLogger(log: Log) {
  const line = (...parts: readonly unknown[]): string => parts.map(String).join(" ").slice(0, 1_000);
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts: unknown[]) => log.warn("bolt", { text: line(...parts) }),
    error: (...parts: unknown[]) => log.error("bolt", { text: line(...parts) }),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}
