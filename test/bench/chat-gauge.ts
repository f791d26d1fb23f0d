// The gauge inside a bot's process: says that the bot is there, what it computed since the mark, and leaves when it is told to.

import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** `mark` begins a measurement; `report` is answered when nothing is under way any more. */
export type ChatWish = "mark" | "report" | "stop";

export interface ChatReport {
  readonly cpuMs: number;
  /** Share of the time in which the event loop was busy. */
  readonly busyShare: number;
  readonly loopDelayMsP99: number;
}

export interface ChatAnswer {
  /** Where it takes events, if it listens. */
  readonly url?: string;
  readonly report?: ChatReport;
}

export interface Gauged {
  readonly url?: string;
  readonly idle?: () => Promise<void>;
  readonly stop: () => Promise<unknown>;
}

/** A sample is the time between two ticks, so the tick itself is taken off. */
const TICK_MS = 5;

export function answerWishes({ url, idle, stop }: Gauged): void {
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();

  async function answer(wish: ChatWish): Promise<ChatAnswer> {
    switch (wish) {
      case "mark":
        delay.enable();
        delay.reset();
        cpu = process.cpuUsage();
        loop = performance.eventLoopUtilization();
        return {};
      case "report": {
        const busyShare = performance.eventLoopUtilization(loop).utilization;
        const loopDelayMsP99 = Math.max(0, delay.percentile(99) / 1e6 - TICK_MS);
        delay.disable();
        await idle?.();
        const { user, system } = process.cpuUsage(cpu);
        return { report: { cpuMs: (user + system) / 1_000, busyShare, loopDelayMsP99 } };
      }
      case "stop":
        await stop();
        return {};
    }
  }

  process.on("disconnect", () => process.exit(1));
  process.on("message", (wish: ChatWish) => {
    void answer(wish).then((told) =>
      process.send?.(told, () => {
        if (wish === "stop") process.exit(0);
      }),
    );
  });
  process.send?.(url === undefined ? {} : { url });
}
