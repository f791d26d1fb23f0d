// Keeps the cards of spawned tasks up to date while those work. A delivery announces a task; here its message is only changed, until
// it shows how the task ended. An ornament: what goes wrong with it costs nobody a result. After a crash the same card goes on.

import { z } from "zod";
import type { ShownButton } from "../../core/button.ts";
import type { ChannelLedger } from "../../core/channel.ts";
import type { Clock } from "../../core/clock.ts";
import type { Delivery } from "../../core/delivery.ts";
import type { Live } from "../../core/live.ts";
import type { Log } from "../../core/log.ts";
import type { SessionKey } from "../../core/message.ts";
import { cardText } from "../../core/task-text.ts";
import { languageOf } from "../../core/user-text.ts";

export interface CardMessage<Place> {
  readonly task: string;
  readonly place: Place;
  /** The key of the delivery that announced it. */
  readonly key: string;
  /** The platform's id of its message. */
  readonly message: string;
}

/** `gone`: it is not there, or cannot become this, and is left as it is. */
export type Changed = "changed" | "gone" | { readonly afterMs: number };

export interface TaskCards<Place> {
  /** Resolves when it is remembered; only then may its delivery be called sent. */
  announced(delivery: Delivery, place: Place, message: string): Promise<void>;
  /** Its result is posted: the card need not say for longer that it works. */
  ended(session: SessionKey): void;
  /** The task whose card this message is, while it works. */
  taskOf(message: string): string | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TaskCardsParts<Place> {
  readonly channel: string;
  readonly ledger: Pick<ChannelLedger, "progress" | "putMemo" | "memos" | "dropMemo">;
  readonly live: Pick<Live, "watchAll">;
  readonly clock: Clock;
  readonly log: Log;
  readonly place: z.ZodType<Place>;
  /** Without buttons: the task is over. Must not throw. */
  readonly change: (card: CardMessage<Place>, text: string, buttons: readonly ShownButton[]) => Promise<Changed>;
  /** Between two changes of a card, while so many are open. */
  readonly pauseMs: (open: number) => number;
}

interface Card<Place> extends CardMessage<Place> {
  readonly session: SessionKey;
  readonly buttons: readonly ShownButton[];
  /** What it shows, but for the time. */
  facts: string;
  shownAt: number;
  failures: number;
  dueAt: number;
  cancel: () => void;
  /** The platform asked to wait. */
  notBefore: number;
  running: Promise<void> | undefined;
  isAgain: boolean;
}

const PREFIX = "card:";
const OPEN_MAX = 2_000;
const FAILURES_MAX = 20;
/** Time alone is told no more often than this. */
const TIME_MS = 15_000;
const FIRST_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

export function createTaskCards<Place>(parts: TaskCardsParts<Place>): TaskCards<Place> {
  const { channel, ledger, clock, log } = parts;
  const bySession = new Map<SessionKey, Card<Place>>();
  const byMessage = new Map<string, string>();
  let leave = (): void => {};
  let isStopped = false;

  const stored = z.object({
    session: z.string(),
    place: parts.place,
    key: z.string(),
    message: z.string(),
    buttons: z.array(z.object({ id: z.string(), kind: z.literal("stop"), label: z.string() })),
  });

  function open(task: string, known: z.infer<typeof stored>, delayMs: number): void {
    const fresh = { facts: "", shownAt: clock.now(), notBefore: 0, failures: 0, dueAt: NEVER, cancel: () => {} };
    const card: Card<Place> = { ...known, ...fresh, task, running: undefined, isAgain: false };
    bySession.get(card.session)?.cancel();
    bySession.set(card.session, card);
    byMessage.set(card.message, task);
    lookIn(card, delayMs);
  }

  /** Looked at sooner than that already is soon enough. */
  function lookIn(card: Card<Place>, delayMs: number): void {
    const dueAt = clock.now() + Math.max(0, delayMs);
    if (isStopped || dueAt >= card.dueAt) return;
    card.cancel();
    card.dueAt = dueAt;
    card.cancel = clock.after(dueAt - clock.now(), () => {
      card.dueAt = NEVER;
      // What this look is about may have been read over already.
      if (card.running) card.isAgain = true;
      else run(card);
    });
  }

  function run(card: Card<Place>): void {
    card.isAgain = false;
    card.running = look(card)
      .catch((error: unknown) => {
        log.warn("a card could not be looked after", { task: card.task, error });
        lookIn(card, TIME_MS);
      })
      .finally(() => {
        card.running = undefined;
        if (card.isAgain && bySession.get(card.session) === card) soon(card);
      });
  }

  const soon = (card: Card<Place>): void =>
    lookIn(card, Math.max(card.notBefore, card.shownAt + parts.pauseMs(bySession.size)) - clock.now());

  async function look(card: Card<Place>): Promise<void> {
    const progress = await ledger.progress(card.task);
    if (!progress || bySession.get(card.session) !== card) return forget(card);
    const { task, goal, tools, tokens, usd } = progress;
    const isOver = task.endedAt !== null;
    const now = clock.now();
    const facts = JSON.stringify([task.state, tools, tokens, usd]);
    if (facts === card.facts && (task.state !== "running" || now < card.shownAt + TIME_MS))
      return task.state === "running" ? lookIn(card, card.shownAt + TIME_MS - now) : undefined;
    const text = cardText(progress, now, languageOf(goal));
    const changed = await parts.change(card, text, isOver ? [] : card.buttons);
    card.shownAt = clock.now();
    if (typeof changed === "object") return again(card, changed.afterMs);
    card.facts = facts;
    card.failures = 0;
    if (isOver || changed === "gone") await forget(card);
    else if (task.state === "running") lookIn(card, TIME_MS);
  }

  async function again(card: Card<Place>, afterMs: number): Promise<void> {
    card.failures += 1;
    card.notBefore = clock.now() + afterMs;
    if (card.failures > FAILURES_MAX) await forget(card);
    else soon(card);
  }

  async function forget(card: Card<Place>): Promise<void> {
    card.cancel();
    if (bySession.get(card.session) !== card) return;
    bySession.delete(card.session);
    byMessage.delete(card.message);
    await ledger.dropMemo(channel, PREFIX + card.task);
  }

  return {
    announced: async ({ task, session, key, buttons = [] }, place, message) => {
      const known = stored.safeParse({ session, place, key, message, buttons }).data;
      if (task === null || !known) return;
      await ledger.putMemo(channel, PREFIX + task, JSON.parse(JSON.stringify(known)), clock.now());
      // Mostly it has begun by now.
      open(task, known, Math.min(FIRST_MS, parts.pauseMs(1)));
    },
    ended: (session) => {
      const card = bySession.get(session);
      if (card) lookIn(card, card.notBefore - clock.now());
    },
    taskOf: (message) => byMessage.get(message),
    start: async () => {
      leave = parts.live.watchAll((session) => {
        const card = bySession.get(session);
        if (card) soon(card);
      });
      const left = await ledger.memos(channel, PREFIX, OPEN_MAX);
      for (const [place, { key, value }] of left.entries()) {
        const known = stored.safeParse(value).data;
        // One after the other, so that many are within the platform's rates.
        if (known) open(key.slice(PREFIX.length), known, place * parts.pauseMs(1));
        else await ledger.dropMemo(channel, key);
      }
    },
    stop: async () => {
      isStopped = true;
      leave();
      for (const card of bySession.values()) card.cancel();
      await Promise.all([...bySession.values()].map(({ running }) => running));
    },
  };
}
