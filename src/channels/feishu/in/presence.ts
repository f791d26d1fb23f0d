// When the bot was last connected, kept in the ledger and renewed while it is; after each connecting what was missed since then is
// caught up with, and only then time goes on.

import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { sleep } from "../../../lib/abort.ts";
import type { BackFill } from "./back-fill.ts";

export interface Presence {
  /** It is connected (again). */
  connected(): void;
  stop(): void;
}

export interface PresenceParts {
  readonly channel: string;
  readonly ledger: Pick<ChannelLedger, "memo" | "putMemo">;
  readonly backFill: BackFill;
  readonly clock: Clock;
  readonly log: Log;
  /** While it is not, time stands still. */
  readonly isConnected: () => boolean;
}

const MEMO = "connected";
const RENEW_MS = 30_000;
const AGAIN_MS = 30_000;

export function createPresence({ channel, ledger, backFill, clock, log, isConnected }: PresenceParts): Presence {
  const leaving = new AbortController();
  let connections = 0;
  let caughtUp = 0;

  async function catchUp(): Promise<void> {
    while (caughtUp < connections) {
      const at = connections;
      const since = (await ledger.memo(channel, MEMO))?.at;
      if (since === undefined || (await backFill(since, leaving.signal))) caughtUp = at;
      else await sleep(clock, AGAIN_MS, leaving.signal);
      await renew();
    }
  }

  async function renew(): Promise<void> {
    if (isConnected() && caughtUp === connections) await ledger.putMemo(channel, MEMO, true, clock.now());
  }

  async function keep(): Promise<void> {
    while (!leaving.signal.aborted) {
      try {
        await catchUp();
        await renew();
        if (caughtUp < connections) continue;
      } catch (error) {
        if (!leaving.signal.aborted) log.error("feishu presence not kept", { error });
      }
      await Promise.race([sleep(clock, RENEW_MS, leaving.signal), woken()]).catch(() => {});
    }
  }

  let wake = (): void => {};
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  return {
    connected: () => {
      connections += 1;
      if (connections === 1) void keep();
      else wake();
    },
    stop: () => leaving.abort(),
  };
}
