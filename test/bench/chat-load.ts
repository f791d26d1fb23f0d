// People who mention a bot, in many threads at once: as fast as answers come, or so many mentions a second.

import type { ChatPlatform, ChatThread } from "./chat-platform.ts";
import { messageText, nowMs } from "./protocol.ts";

export interface ChatSample {
  readonly message: number;
  readonly saidAt: number;
  /** The first that people saw of the bot. */
  readonly signAt: number;
  readonly answeredAt: number;
}

export interface ChatRound {
  readonly samples: readonly ChatSample[];
  /** From the first mention to the last answer. */
  readonly tookMs: number;
}

/** A thread is left for a new one, elsewhere, after so many: Slack takes four messages of a bot at once in a channel, Feishu five. */
const MENTIONS_PER_THREAD = 4;
const OVERTIME_MS = 60_000;

interface Seat {
  thread: ChatThread;
  mentions: number;
}

export class ChatLoad {
  readonly #platform: ChatPlatform;
  readonly #nextMessage: () => number;
  readonly #seats: Seat[] = [];

  constructor(platform: ChatPlatform, nextMessage: () => number) {
    this.#platform = platform;
    this.#nextMessage = nextMessage;
  }

  /** In each of so many threads the next thing is said as soon as the answer is there. */
  closed(threads: number, seconds: number): Promise<ChatRound> {
    return withinTime(seconds, async (samples, until) => {
      const sayOn = async (n: number): Promise<void> => {
        const seat = this.#seat(n);
        while (nowMs() < until) samples.push(await this.#mention(seat));
      };
      await Promise.all(Array.from({ length: threads }, (_, n) => sayOn(n)));
    });
  }

  /** So many a second, whether answers come or not; who still waits for one says nothing. */
  paced(perSecond: number, seconds: number): Promise<ChatRound> {
    return withinTime(seconds, async (samples, until) => {
      const startedAt = nowMs();
      const free: number[] = [];
      const turns: Promise<void>[] = [];
      for (let count = 0; nowMs() < until; count += 1) {
        const n = free.shift() ?? count;
        const turn = this.#mention(this.#seat(n)).then((sample) => {
          samples.push(sample);
          free.push(n);
        });
        turns.push(turn);
        const waitMs = startedAt + ((count + 1) * 1_000) / perSecond - nowMs();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await Promise.all(turns);
    });
  }

  #seat(n: number): Seat {
    const seat = this.#seats[n] ?? { thread: this.#platform.openThread(), mentions: 0 };
    this.#seats[n] = seat;
    return seat;
  }

  #mention(seat: Seat): Promise<ChatSample> {
    if (seat.mentions === MENTIONS_PER_THREAD) {
      seat.thread = this.#platform.openThread();
      seat.mentions = 0;
    }
    seat.mentions += 1;
    const message = this.#nextMessage();
    return new Promise((resolve) => {
      const saidAt = nowMs();
      let signAt: number | undefined;
      seat.thread.mention(messageText(message), {
        sign: () => {
          signAt ??= nowMs();
        },
        answer: () => {
          const answeredAt = nowMs();
          resolve({ message, saidAt, signAt: signAt ?? answeredAt, answeredAt });
        },
      });
    });
  }
}

async function withinTime(
  seconds: number,
  work: (samples: ChatSample[], until: number) => Promise<void>,
): Promise<ChatRound> {
  const samples: ChatSample[] = [];
  const startedAt = nowMs();
  let overtime: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new Error(`answers did not come in time, after ${samples.length} that did`));
    overtime = setTimeout(fail, seconds * 1_000 + OVERTIME_MS);
  });
  try {
    await Promise.race([work(samples, startedAt + seconds * 1_000), late]);
  } finally {
    clearTimeout(overtime);
  }
  return { samples, tookMs: Math.max(...samples.map(({ answeredAt }) => answeredAt)) - startedAt };
}
