// Who the bot is: without its open id nobody can tell whether it was mentioned.

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { AppError } from "../../core/errors.ts";
import { sleep } from "../../lib/abort.ts";
import type { FeishuApi } from "./feishu-api.ts";
import { FeishuFailure } from "./feishu-failure.ts";

export interface FeishuIdentity {
  readonly appId: string;
  readonly botOpenId: string;
  /** Whose people are our own; known from the first event on. */
  readonly tenantKey?: string;
  readonly name: string;
}

const botShape = z.object({ bot: z.object({ open_id: z.string().min(1), app_name: z.string().catch("") }) });

/** Throws AppError `bad-config` where trying again is no use, a FeishuFailure where it is. */
export async function askForIdentity(api: Pick<FeishuApi, "call">, appId: string): Promise<FeishuIdentity> {
  try {
    const { bot } = botShape.parse(await api.call("GET", "/bot/v3/info"));
    return { appId, botOpenId: bot.open_id, name: bot.app_name };
  } catch (error) {
    if (error instanceof FeishuFailure && error.kind !== "refused") throw error;
    throw new AppError("bad-config", whatToMend(error), { cause: error });
  }
}

function whatToMend(error: unknown): string {
  if (!(error instanceof FeishuFailure)) {
    return "Feishu knows no bot of this app: add the ability “Bot” in the console and publish a version (docs/feishu.md)";
  }
  const code = error.code === 0 ? "" : ` (${error.code})`;
  return `Feishu refuses the app${code}: check FEISHU_APP_ID, FEISHU_APP_SECRET and FEISHU_DOMAIN; the app must be published with the ability “Bot” (docs/feishu.md)`;
}

const BACKOFF_MS = { first: 1_000, most: 30_000 };

export interface IdentityTries {
  readonly ask: () => Promise<FeishuIdentity>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Until it is known or the signal aborts; a refusal may be mended in the console meanwhile. */
export async function keepAsking({ ask, clock, signal, onFailure }: IdentityTries): Promise<FeishuIdentity> {
  for (let waitMs = BACKOFF_MS.first; ; waitMs = Math.min(BACKOFF_MS.most, waitMs * 2)) {
    await sleep(clock, waitMs, signal);
    try {
      return await ask();
    } catch (error) {
      onFailure(error);
    }
  }
}
