// Who we are in this workspace: asked once at the start, and again for as long as Slack cannot be reached.

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { AppError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { type SlackApi, SlackFailure } from "./slack-api.ts";

export interface SlackIdentity {
  readonly team: string;
  readonly botUser: string;
  readonly botId: string;
  /** Empty where Slack does not tell it: the events name it as well. */
  readonly appId: string;
}

export interface IdentityParts {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Identity {
  /** Throws AppError `bad-config` when the token is no good; anything else is tried again behind the scenes. */
  start(): Promise<void>;
  stop(): void;
  /** Undefined until it is known. */
  known(): SlackIdentity | undefined;
  /** Resolves with it; rejects once stopped. */
  ready(): Promise<SlackIdentity>;
  /** Slack says that our token is void: it is asked until it is good again. */
  doubt(why: string): void;
  trouble(): string | undefined;
}

const AGAIN_MS = 5_000;
const AGAIN_MS_MAX = 60_000;
const testAnswer = z.object({ team_id: z.string(), user_id: z.string(), bot_id: z.string() });
const botAnswer = z.object({ bot: z.object({ app_id: z.string() }) });

/** What each refusal of the bot token means for whoever set it up. */
const mends: Readonly<Record<string, string>> = {
  invalid_auth: "SLACK_BOT_TOKEN is not valid: copy it anew from OAuth & Permissions",
  not_authed: "SLACK_BOT_TOKEN is not valid: copy it anew from OAuth & Permissions",
  not_allowed_token_type: "SLACK_BOT_TOKEN must be the bot token that begins with xoxb-",
  account_inactive: "the app was removed from the workspace: install it again and copy the new SLACK_BOT_TOKEN",
  token_revoked: "SLACK_BOT_TOKEN was revoked: install the app again and copy the new one",
  token_expired: "SLACK_BOT_TOKEN has expired: switch token rotation off, install the app again and copy the new one",
};

export const tokenMend = (code: string): string | undefined => mends[code];

export async function askIdentity(api: SlackApi): Promise<SlackIdentity> {
  const parsed = testAnswer.safeParse(await api.call("auth.test", {}));
  if (!parsed.success) {
    throw new AppError("bad-config", "SLACK_BOT_TOKEN must be the bot token that begins with xoxb-");
  }
  const { team_id: team, user_id: botUser, bot_id: botId } = parsed.data;
  // Without the right to ask, our own messages are known by user and bot id.
  const bot = await api.call("bots.info", { bot: botId }).catch(() => undefined);
  return { team, botUser, botId, appId: botAnswer.safeParse(bot).data?.bot.app_id ?? "" };
}

export function createIdentity({ api, clock, log }: IdentityParts): Identity {
  let identity: SlackIdentity | undefined;
  let wrong: string | undefined;
  let cancelAgain: (() => void) | undefined;
  let isStopped = false;
  const whenReady = Promise.withResolvers<SlackIdentity>();
  // Nobody may be waiting when we stop.
  whenReady.promise.catch(() => {});

  async function ask(): Promise<void> {
    const found = await askIdentity(api);
    if (wrong !== undefined) log.info("Slack knows us again", { team: found.team });
    identity = found;
    wrong = undefined;
    whenReady.resolve(found);
  }

  function againAfter(delayMs: number): void {
    cancelAgain?.();
    if (isStopped) return;
    cancelAgain = clock.after(delayMs, () => {
      ask().catch((error: unknown) => {
        wrong = reasonOf(error);
        log.warn("Slack does not say who we are", { error });
        againAfter(Math.min(delayMs * 2, AGAIN_MS_MAX));
      });
    });
  }

  return {
    start: async () => {
      try {
        await ask();
      } catch (error) {
        const mend = mendOf(error);
        if (mend !== undefined) throw new AppError("bad-config", `Slack: ${mend}`, { cause: error });
        wrong = reasonOf(error);
        log.warn("Slack cannot be reached, it is tried again", { error });
        againAfter(AGAIN_MS);
      }
    },
    stop: () => {
      isStopped = true;
      cancelAgain?.();
      whenReady.reject(new AppError("shutting-down", "the channel was stopped"));
    },
    known: () => identity,
    ready: () => whenReady.promise,
    doubt: (why) => {
      wrong = why;
      log.error("Slack took our access away", { why });
      againAfter(AGAIN_MS);
    },
    trouble: () => wrong,
  };
}

function mendOf(error: unknown): string | undefined {
  if (error instanceof AppError && error.code === "bad-config") return error.message;
  return error instanceof SlackFailure ? mends[error.code] : undefined;
}

function reasonOf(error: unknown): string {
  const mend = mendOf(error);
  if (mend !== undefined) return mend;
  return error instanceof SlackFailure ? `Slack answers ${error.code}` : "Slack cannot be reached";
}
