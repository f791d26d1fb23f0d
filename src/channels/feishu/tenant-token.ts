// The app's token, by the SDK's own manager, which keeps it until shortly before its end. Two things it does not do by itself:
// forgetting a token that the platform no longer takes, and asking once when many ask at the same time.

import * as lark from "@larksuiteoapi/node-sdk";
import type { Clock } from "../../core/clock.ts";
import type { FeishuSettings } from "../../core/platform-settings.ts";
import { FeishuFailure } from "./feishu-failure.ts";

export interface TenantToken {
  /** Throws a FeishuFailure. */
  get(): Promise<string>;
  /** The platform refused this one. */
  forget(token: string): void;
}

const TIMEOUT_MS = 10_000;
const RETRY_MS = 30_000;

/** The SDK's logger prints the secret with a request that fails; we tell of failures ourselves. */
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

export function createTenantToken({ appId, appSecret, domain }: FeishuSettings, clock: Clock): TenantToken {
  let kept: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  const { tokenManager } = new lark.Client({
    appId,
    appSecret,
    domain,
    httpInstance: tokenHttp(clock),
    logger: silent,
    cache: {
      get: async () => (kept && clock.now() < kept.until ? kept.token : undefined),
      // It counts by the machine's time.
      set: async (_key, token, until = 0) => {
        kept = { token: String(token), until: clock.now() + until - Date.now() };
        return true;
      },
    },
  });

  async function ask(): Promise<string> {
    try {
      return String(await tokenManager.getCustomTenantAccessToken());
    } catch (error) {
      throw tokenFailure(error);
    } finally {
      asking = undefined;
    }
  }

  return {
    get: () => {
      asking ??= ask();
      return asking;
    },
    forget: (token) => {
      if (kept?.token === token) kept = undefined;
    },
  };
}

/** What the manager needs of HTTP: one POST, with a deadline. Refusals are data; it tells of them without the secret. */
function tokenHttp(clock: Clock): lark.HttpInstance {
  const unused = () => Promise.reject(new Error("only tokens are asked for here"));
  return {
    post: async (url, body) => {
      const controller = new AbortController();
      const cancel = clock.after(TIMEOUT_MS, () => controller.abort(new Error("no token in time")));
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(body),
          signal: controller.signal,
          redirect: "error",
        });
        return await response.json();
      } finally {
        cancel();
      }
    },
    ...{ request: unused, get: unused, delete: unused, head: unused, options: unused, put: unused, patch: unused },
  };
}

/** Whatever it is, the call it was for has not been made. */
function tokenFailure(error: unknown): FeishuFailure {
  const code = Number(/code: (\d+)/.exec(error instanceof Error ? error.message : "")?.[1] ?? 0);
  if (code === 0) return new FeishuFailure("the platform gives no token just now", { code, kind: "retry" });
  const details = { code, kind: "refused", isAppRefused: true, retryAfterMs: RETRY_MS } as const;
  return new FeishuFailure(`no token: code ${code}`, details);
}
