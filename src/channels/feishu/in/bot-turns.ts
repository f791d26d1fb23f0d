// Other bots may ask too, but two bots must not talk for ever: so many turns of bots in one place without a person between them.

import type { Clock } from "../../../core/clock.ts";
import { createBoundedMap } from "../bounded-map.ts";

export interface BotTurns {
  /** A person spoke: bots may again. */
  person(place: string): void;
  /** False: this bot had enough turns. */
  bot(place: string): boolean;
}

const TURNS_MAX = 5;
const PLACES_MAX = 5_000;
const QUIET_MS = 60 * 60_000;

export function createBotTurns(clock: Pick<Clock, "now">): BotTurns {
  const turns = createBoundedMap<number>(clock, PLACES_MAX);
  return {
    person: (place) => turns.delete(place),
    bot: (place) => {
      const count = (turns.get(place) ?? 0) + 1;
      turns.set(place, count, QUIET_MS);
      return count <= TURNS_MAX;
    },
  };
}
