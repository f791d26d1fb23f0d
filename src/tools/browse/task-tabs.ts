// A tab a task, so that no task sees another's cookies or pages: made at its first use, closed when its task is stopped, when it was
// not used for a while, or when others wait and it is idle. So many at once; the next ones wait in a line that has an end too.

import { endsWithin, type Timers } from "../../lib/abort.ts";
import type { Tab } from "./tab.ts";

export interface TaskTabs {
  /** Runs one action on the task's tab; without one it throws, unless it may be made. An abort closes it. */
  use<T>(task: string, options: UseOptions, work: (tab: Tab) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface UseOptions {
  readonly signal: AbortSignal;
  readonly mayOpen: boolean;
}

export interface TaskTabsParts {
  readonly newTab: () => Promise<Tab>;
  readonly timers: Timers;
  readonly tabsMax: number;
  readonly idleMs?: number;
  readonly restMs?: number;
}

/** A model may think for so long between two actions. */
const IDLE_MS = 5 * 60_000;
/** What was used just now is not taken away for somebody who waits. */
const REST_MS = 20_000;
const WAITING_MAX = 32;
const NO_PAGE = "No page is open (one that is not used for some minutes is closed): begin with open and a url.";

interface Lease {
  readonly task: string;
  readonly tab: Promise<Tab>;
  state: "busy" | "resting" | "idle";
  cancelTimer: () => void;
}

export function createTaskTabs({
  newTab,
  timers,
  tabsMax,
  idleMs = IDLE_MS,
  restMs = REST_MS,
}: TaskTabsParts): TaskTabs {
  /** The least lately used first. */
  const leases = new Map<string, Lease>();
  const waiting: (() => void)[] = [];
  /** Places: of tabs that are there, on their way in, or on their way out. */
  let taken = 0;
  let isClosed = false;

  function next(): void {
    waiting.shift()?.();
  }

  function giveBack(): void {
    taken -= 1;
    next();
  }

  async function end(lease: Lease): Promise<void> {
    if (leases.get(lease.task) !== lease) return;
    leases.delete(lease.task);
    lease.cancelTimer();
    await lease.tab.then((tab) => tab.close()).catch(() => {});
    giveBack();
  }

  function rest(lease: Lease): void {
    leases.delete(lease.task);
    leases.set(lease.task, lease);
    lease.state = "resting";
    lease.cancelTimer = timers.after(restMs, () => {
      lease.state = "idle";
      lease.cancelTimer = timers.after(idleMs - restMs, () => void end(lease));
      next();
    });
  }

  async function place(signal: AbortSignal): Promise<void> {
    while (taken >= tabsMax) {
      const idle = [...leases.values()].find(({ state }) => state === "idle");
      if (idle) {
        await end(idle);
        continue;
      }
      if (waiting.length >= WAITING_MAX) throw new Error("The browser is busy with others; try again in a minute.");
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      try {
        await endsWithin(promise, { timers, signal, graceMs: 0, onAbandoned: () => {} });
      } catch (error) {
        const at = waiting.indexOf(resolve);
        // Whoever was called and leaves calls the next one.
        if (at === -1) next();
        else waiting.splice(at, 1);
        throw error;
      }
    }
    if (isClosed) throw new Error("The browser is being closed.");
    // In the same breath as the look above: nobody comes between.
    taken += 1;
  }

  async function leaseOf(task: string, { signal, mayOpen }: UseOptions): Promise<{ lease: Lease; isNew: boolean }> {
    const held = leases.get(task);
    if (held) return { lease: held, isNew: false };
    if (!mayOpen) throw new Error(NO_PAGE);
    await place(signal);
    // Another call of the same task may have been quicker.
    const other = leases.get(task);
    if (other) {
      giveBack();
      return { lease: other, isNew: false };
    }
    const lease: Lease = { task, tab: newTab(), state: "busy", cancelTimer: () => {} };
    leases.set(task, lease);
    return { lease, isNew: true };
  }

  return {
    use: async (task, options, work) => {
      const { signal } = options;
      signal.throwIfAborted();
      const { lease, isNew } = await leaseOf(task, options);
      if (!isNew && lease.state === "busy")
        throw new Error("The page is busy with another action of yours; one at a time.");
      lease.state = "busy";
      lease.cancelTimer();
      const onAbort = (): void => void end(lease);
      signal.addEventListener("abort", onAbort, { once: true });
      let isGood = false;
      try {
        const tab = await lease.tab;
        signal.throwIfAborted();
        isGood = true;
        return await work(tab);
      } finally {
        signal.removeEventListener("abort", onAbort);
        const isLost = !isGood || (await lease.tab).isLost();
        if (isLost || signal.aborted || isClosed) await end(lease);
        else if (leases.get(task) === lease) rest(lease);
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...leases.values()].map(end));
      for (const wake of waiting.splice(0)) wake();
    },
  };
}
