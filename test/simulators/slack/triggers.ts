// Trigger ids (3 s, once) and response URLs (30 min, five times): what a click or a command gives the bot to answer with.

import type { Clock } from "../../../src/core/clock.ts";
import type { SlackIds } from "./clock-ids.ts";
import { RESPONSE_URL_LIFE_MS, RESPONSE_URL_USES_MAX, TRIGGER_LIFE_MS } from "./limits.ts";
import { SlackError } from "./slack-error.ts";

export interface ResponseTarget {
  readonly teamId: string;
  readonly channel: string;
  readonly user: string;
  /** The message that was clicked. */
  readonly message:
    | { readonly ts: string; readonly isEphemeral: boolean; readonly threadTs: string | undefined }
    | undefined;
}

export class Triggers {
  readonly #clock: Clock;
  readonly #ids: SlackIds;
  readonly #triggers = new Map<string, { readonly user: string; readonly until: number; isUsed: boolean }>();
  readonly #urls = new Map<string, { readonly target: ResponseTarget; readonly until: number; usesLeft: number }>();

  constructor(clock: Clock, ids: SlackIds) {
    this.#clock = clock;
    this.#ids = ids;
  }

  trigger(user: string): string {
    const id = `${this.#ids.letters(10)}.${this.#ids.secret()}`;
    this.#triggers.set(id, { user, until: this.#clock.now() + TRIGGER_LIFE_MS, isUsed: false });
    return id;
  }

  /** Whose it was; used up by it. */
  exchange(triggerId: string): string {
    const trigger = this.#triggers.get(triggerId);
    if (!trigger) throw new SlackError("invalid_trigger_id");
    if (trigger.isUsed) throw new SlackError("exchanged_trigger_id");
    if (trigger.until < this.#clock.now()) throw new SlackError("expired_trigger_id");
    trigger.isUsed = true;
    return trigger.user;
  }

  responsePath(target: ResponseTarget): string {
    const path = `/actions/${target.teamId}/${this.#ids.letters(12)}/${this.#ids.letters(24)}`;
    const until = this.#clock.now() + RESPONSE_URL_LIFE_MS;
    this.#urls.set(path, { target, until, usesLeft: RESPONSE_URL_USES_MAX });
    return path;
  }

  useResponse(path: string): ResponseTarget | undefined {
    const url = this.#urls.get(path);
    if (!url || url.usesLeft === 0 || url.until < this.#clock.now()) return undefined;
    url.usesLeft -= 1;
    return url.target;
  }
}
