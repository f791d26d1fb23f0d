// What is asked of the platform beside the road: good to have, never worth holding a message for. Bounded in time, absent when it
// did not come. A right that is missing is logged once, with where it is granted.

import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { FeishuApi } from "./feishu-api.ts";
import { FeishuFailure } from "./feishu-failure.ts";

export interface Asking {
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Record<string, unknown> | undefined>;
}

const ANSWER_MS_MAX = 900;

export function createAsking({ api, clock, log }: { api: Pick<FeishuApi, "call">; clock: Clock; log: Log }): Asking {
  const told = new Set<string>();

  function tell(path: string, error: unknown): void {
    const scopes = error instanceof FeishuFailure ? error.scopes.join(" ") : "";
    const grantUrl = error instanceof FeishuFailure ? error.grantUrl : undefined;
    if (scopes === "") log.debug("feishu did not tell", { path, error });
    else if (!told.has(scopes)) log.warn("feishu right missing: one of these is needed", { scopes, grantUrl });
    told.add(scopes);
  }

  return {
    get: async (path, query = {}) => {
      const late = new AbortController();
      const cancel = clock.after(ANSWER_MS_MAX, () => late.abort(new Error("no answer in time")));
      try {
        return await api.call("GET", path, { query, signal: late.signal, isPassing: true });
      } catch (error) {
        tell(path, error);
        return undefined;
      } finally {
        cancel();
      }
    },
  };
}
