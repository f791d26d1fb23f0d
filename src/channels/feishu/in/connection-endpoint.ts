// Asks the platform where the long connection is, and tells the failures that pass from those somebody must mend.

import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { AppError } from "../../../core/errors.ts";
import type { FeishuSettings } from "../../../core/platform-settings.ts";

export interface ConnectionAddress {
  /** Holds a ticket: never logged. */
  readonly url: string;
  readonly service: number;
  readonly pingMs: number;
}

/** It may work later; `isFull`: others of this app hold all the places. */
export class ConnectionFailure extends Error {
  override readonly name = "ConnectionFailure";
  readonly isFull: boolean;

  constructor(
    message: string,
    { isFull = false, cause }: { readonly isFull?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.isFull = isFull;
  }
}

const ANSWER_MS_MAX = 15_000;
const PING_MS = { least: 1_000, most: 30_000 };
const CODES = { forbidden: 403, badCredentials: 514, tooMany: 1_000_040_350 };

const seconds = z.number().positive().optional().catch(undefined);
export const clientConfig = z.object({ PingInterval: seconds });

const answerShape = z.object({
  code: z.number(),
  msg: z.string().optional(),
  data: z
    .object({ URL: z.url({ protocol: /^wss?$/ }).optional(), ClientConfig: clientConfig.nullish() })
    .nullish()
    .catch(undefined),
});

/** How often to ping: never in a flood, and often enough that a dead connection is noticed soon, whatever the platform says. */
export const pingMsOf = ({ PingInterval }: z.infer<typeof clientConfig>): number =>
  Math.min(PING_MS.most, Math.max(PING_MS.least, (PingInterval ?? PING_MS.most) * 1_000));

/** Throws AppError `bad-config` where trying again is no use, ConnectionFailure where it is. */
export async function askForAddress(
  { appId, appSecret, domain }: FeishuSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<ConnectionAddress> {
  const {
    code,
    msg: said,
    data: given,
  } = await post(`${domain}/callback/ws/endpoint`, appId, appSecret, clock, signal);
  if (code === CODES.badCredentials) {
    throw new AppError(
      "bad-config",
      `Feishu refuses the long connection (${code}): check FEISHU_APP_ID and FEISHU_APP_SECRET`,
    );
  }
  if (code === CODES.forbidden) {
    throw new AppError(
      "bad-config",
      `Feishu refuses the long connection (${code}): it is for self-built apps; choose it in the console, or set FEISHU_MODE=webhook`,
    );
  }
  if (code === CODES.tooMany) {
    throw new ConnectionFailure("the app has too many long connections open (50 at most): stop the others", {
      isFull: true,
    });
  }
  if (code !== 0) throw new ConnectionFailure(`the platform says ${code} (${said?.slice(0, 100) ?? "no reason"})`);
  if (given?.URL === undefined) throw new ConnectionFailure("the platform gave no address");
  return {
    url: given.URL,
    service: Number(new URL(given.URL).searchParams.get("service_id") ?? 0) || 0,
    pingMs: pingMsOf(given.ClientConfig ?? {}),
  };
}

async function post(
  url: string,
  appId: string,
  appSecret: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<z.infer<typeof answerShape>> {
  const late = new AbortController();
  const cancel = clock.after(ANSWER_MS_MAX, () => late.abort(new Error("no answer in time")));
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", locale: "zh" },
      body: JSON.stringify({ AppID: appId, AppSecret: appSecret }),
      redirect: "error",
      signal: AbortSignal.any([late.signal, signal]),
    });
    const parsed = answerShape.safeParse(await response.json());
    if (parsed.success) return parsed.data;
    throw new ConnectionFailure(`the platform answered HTTP ${response.status} with something unreadable`);
  } catch (error) {
    if (signal.aborted || error instanceof ConnectionFailure) throw error;
    throw new ConnectionFailure("the platform cannot be reached", { cause: error });
  } finally {
    cancel();
  }
}
