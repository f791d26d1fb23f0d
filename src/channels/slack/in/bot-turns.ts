// Two bots must not talk for ever: another bot is answered a few times in a row, then nobody is until a person speaks there.

export interface BotTurns {
  /** Whether this one may still be answered; counts it. */
  take(thread: string): boolean;
  personSpoke(thread: string): void;
}

export const BOT_TURNS_MAX = 3;
const THREADS_MAX = 1_000;

export function createBotTurns(): BotTurns {
  const turns = new Map<string, number>();
  return {
    take: (thread) => {
      const taken = turns.get(thread) ?? 0;
      turns.delete(thread);
      turns.set(thread, taken + 1);
      for (const oldest of turns.keys()) {
        if (turns.size <= THREADS_MAX) break;
        turns.delete(oldest);
      }
      return taken < BOT_TURNS_MAX;
    },
    personSpoke: (thread) => {
      turns.delete(thread);
    },
  };
}
