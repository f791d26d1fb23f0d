// What people and channels are called: asked once an hour, never waited for long. Who cannot be looked up keeps the id as name.

import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { SlackApi } from "../slack-api.ts";

export interface Person {
  readonly name: string;
  /** Undefined when it could not be looked up. */
  readonly team: string | undefined;
  /** Slack's own word for somebody of another organisation. */
  readonly isStranger: boolean;
}

export interface Names {
  person(id: string): Promise<Person>;
  channel(id: string): Promise<string>;
}

export interface NamesParts {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly log: Log;
}

const KNOWN_MAX = 5_000;
const LIFE_MS = 60 * 60 * 1_000;
/** After a failure the next one asks again soon, but not everybody at once. */
const FAILED_LIFE_MS = 30_000;
/** A message waits so long to be stored for the sake of a name. */
const WAIT_MS_MAX = 700;

const name = z
  .string()
  .nullish()
  .transform((given) => given?.trim() || undefined);
const userAnswer = z.object({
  user: z.object({
    team_id: name,
    is_stranger: z.boolean().optional(),
    name,
    real_name: name,
    profile: z.object({ display_name: name, real_name: name }).optional(),
  }),
});
const channelAnswer = z.object({ channel: z.object({ name }) });

export function createNames({ api, clock, log }: NamesParts): Names {
  const people = createCache<Person>(
    (id) => ({ name: id, team: undefined, isStranger: false }),
    async (id) => {
      const { user } = userAnswer.parse(await api.call("users.info", { user: id }, { lane: id }));
      const shown = user.profile?.display_name ?? user.profile?.real_name ?? user.real_name ?? user.name ?? id;
      return { name: shown, team: user.team_id, isStranger: user.is_stranger ?? false };
    },
  );
  const channels = createCache<string>(
    (id) => id,
    async (id) => channelAnswer.parse(await api.call("conversations.info", { channel: id })).channel.name ?? id,
  );

  function createCache<T>(unknown: (id: string) => T, ask: (id: string) => Promise<T>): (id: string) => Promise<T> {
    const known = new Map<string, { until: number; readonly value: Promise<T> }>();
    return (id) => {
      const found = known.get(id);
      if (found && found.until > clock.now()) return withinBound(found.value, unknown(id));
      const entry = { until: clock.now() + LIFE_MS, value: ask(id) };
      entry.value.catch((error: unknown) => {
        entry.until = clock.now() + FAILED_LIFE_MS;
        log.debug("a name could not be looked up", { id, error });
      });
      known.delete(id);
      known.set(id, entry);
      for (const oldest of known.keys()) {
        if (known.size <= KNOWN_MAX) break;
        known.delete(oldest);
      }
      return withinBound(entry.value, unknown(id));
    };
  }

  function withinBound<T>(value: Promise<T>, instead: T): Promise<T> {
    return new Promise((resolve) => {
      const cancel = clock.after(WAIT_MS_MAX, () => resolve(instead));
      value.then(resolve, () => resolve(instead)).finally(cancel);
    });
  }

  return { person: people, channel: channels };
}
