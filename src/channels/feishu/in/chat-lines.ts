// Messages of one chat are taken one after the other, in the order they came, so that asking the platform about one cannot let a
// later one overtake it. Chats do not wait for each other.

export interface ChatLines {
  /** The work's own end; the next in this chat begins after it. */
  run<T>(chat: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createChatLines(): ChatLines {
  const ends = new Map<string, Promise<unknown>>();
  return {
    run: (chat, work) => {
      const before = ends.get(chat) ?? Promise.resolve();
      const result = before.then(work);
      const end = result
        .catch(() => {})
        .then(() => {
          if (ends.get(chat) === end) ends.delete(chat);
        });
      ends.set(chat, end);
      return result;
    },
    idle: async () => {
      while (ends.size > 0) await Promise.all(ends.values());
    },
  };
}
