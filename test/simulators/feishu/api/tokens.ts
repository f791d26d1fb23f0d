// Hands out and checks tenant_access_tokens.

import { z } from "zod";
import type { Clock } from "../../../../src/core/clock.ts";
import { TOKEN_LIFE_MS, TOKEN_RENEWAL_MS } from "../platform-limits.ts";
import type { App } from "../push/event-payloads.ts";
import type { PlatformIds } from "../world/platform-ids.ts";
import { ApiRefusal } from "./api-error.ts";

const requestShape = z.object({ app_id: z.string(), app_secret: z.string() });

export class Tokens {
  readonly #clock: Clock;
  readonly #ids: PlatformIds;
  readonly #app: App;
  /** Token and when it ends. */
  readonly #valid = new Map<string, number>();
  #current: string | undefined;

  constructor(clock: Clock, ids: PlatformIds, app: App) {
    this.#clock = clock;
    this.#ids = ids;
    this.#app = app;
  }

  /** Refusals come with HTTP 200 here. */
  issue(body: unknown): Readonly<Record<string, unknown>> {
    const parsed = requestShape.safeParse(body);
    if (!parsed.success) throw new ApiRefusal(10003, "invalid param", { httpStatus: 200 });
    if (parsed.data.app_id !== this.#app.appId) throw new ApiRefusal(10003, "invalid app_id", { httpStatus: 200 });
    if (parsed.data.app_secret !== this.#app.appSecret)
      throw new ApiRefusal(10014, "app secret invalid", { httpStatus: 200 });
    const now = this.#clock.now();
    const end = this.#current === undefined ? undefined : this.#valid.get(this.#current);
    if (this.#current === undefined || end === undefined || end - now < TOKEN_RENEWAL_MS) {
      this.#current = this.#ids.next("t-g1");
      this.#valid.set(this.#current, now + TOKEN_LIFE_MS);
    }
    const left = (this.#valid.get(this.#current) ?? now) - now;
    return { tenant_access_token: this.#current, expire: Math.floor(left / 1000) };
  }

  /** Every token handed out so far is worth nothing from now on (99991663). */
  revoke(): void {
    this.#valid.clear();
    this.#current = undefined;
  }

  check(authorization: string | undefined): void {
    if (!authorization) throw new ApiRefusal(99991661, "Missing access token for authorization.");
    const token = /^Bearer (.+)$/.exec(authorization)?.[1];
    if (token === undefined) throw new ApiRefusal(99991661, "Missing access token for authorization.");
    const end = this.#valid.get(token);
    if (end === undefined || end <= this.#clock.now())
      throw new ApiRefusal(99991663, "Invalid access token for authorization.");
  }
}
