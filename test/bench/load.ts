// Drives a number of conversations at once, in three ways: as fast as answers come, at a steady rate, all at the same instant.

import { nowMs } from "./protocol.ts";
import { type Sample, SessionClient } from "./session-client.ts";

export interface Round {
  readonly samples: readonly Sample[];
  /** From the first post to the last answer. */
  readonly tookMs: number;
}

/** A conversation is left for a new one after so many turns: what a turn costs grows with the transcript. */
const TURNS_PER_SESSION = 20;
const OVERTIME_MS = 60_000;

interface Seat {
  client: SessionClient;
  turns: number;
}

export class Load implements Disposable {
  readonly #url: string;
  readonly #seats: Seat[] = [];
  #sessions = 0;
  #messages = 0;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(url: string, sessions: number): Promise<Load> {
    const load = new Load(url);
    for (let count = 0; count < sessions; count += 1) {
      load.#seats.push({ client: await load.#newClient(), turns: 0 });
    }
    return load;
  }

  #newClient(): Promise<SessionClient> {
    this.#sessions += 1;
    return new SessionClient(this.#url, `bench-${this.#sessions}`).open();
  }

  async #turn(seat: Seat): Promise<Sample> {
    if (seat.turns >= TURNS_PER_SESSION) {
      seat.client.close();
      seat.client = await this.#newClient();
      seat.turns = 0;
    }
    seat.turns += 1;
    this.#messages += 1;
    return seat.client.turn(this.#messages);
  }

  /** Closed loop: every session says the next thing as soon as it has its answer. */
  closed(seconds: number): Promise<Round> {
    return this.#round(seconds * 1_000, async (samples, until) => {
      const sayOn = async (seat: Seat): Promise<void> => {
        while (nowMs() < until) samples.push(await this.#turn(seat));
      };
      await Promise.all(this.#seats.map(sayOn));
    });
  }

  /** Open loop: so many messages a second, to one session after the other, whether answers come or not. */
  paced(perSecond: number, seconds: number): Promise<Round> {
    return this.#round(seconds * 1_000, async (samples, until) => {
      const startedAt = nowMs();
      const turns: Promise<unknown>[] = [];
      for (let count = 0; nowMs() < until; count += 1) {
        const seat = this.#seats[count % this.#seats.length];
        if (seat) turns.push(this.#turn(seat).then((sample) => samples.push(sample)));
        const waitMs = startedAt + ((count + 1) * 1_000) / perSecond - nowMs();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await Promise.all(turns);
    });
  }

  /** Every session says one thing at the same instant. */
  burst(): Promise<Round> {
    return this.#round(0, async (samples) => {
      samples.push(...(await Promise.all(this.#seats.map((seat) => this.#turn(seat)))));
    });
  }

  async #round(ms: number, work: (samples: Sample[], until: number) => Promise<void>): Promise<Round> {
    const samples: Sample[] = [];
    const startedAt = nowMs();
    let overtime: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      overtime = setTimeout(() => reject(new Error("answers did not come in time")), ms + OVERTIME_MS);
    });
    try {
      await Promise.race([work(samples, startedAt + ms), late]);
    } finally {
      clearTimeout(overtime);
    }
    return { samples, tookMs: Math.max(...samples.map((sample) => sample.seenAt)) - startedAt };
  }

  [Symbol.dispose](): void {
    for (const { client } of this.#seats) client.close();
  }
}
