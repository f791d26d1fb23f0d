// One answer shown while it grows: in a stream if Slack has streams to give, else in messages that are changed. Best effort: whatever
// goes wrong here, the delivery makes it whole.

import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { Progress } from "../../shared/progress.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { type Addressed, withSalutation } from "./askers.ts";
import type { LiveBudget } from "./live-budget.ts";
import { isUnknownMethod } from "./live-message.ts";
import { LivePosts } from "./live-posts.ts";
import type { LiveRecord } from "./live-record.ts";
import { LiveStream, StreamBroken } from "./live-stream.ts";

export interface LiveAnswerParts {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: LiveBudget;
  readonly record: LiveRecord;
  readonly addressed: Addressed;
  readonly makeStop: () => Promise<string | undefined>;
  readonly stopLabel: string;
  /** What all live answers of a workspace learn from each other. */
  readonly workspace: { hasStreams: boolean };
  /** A message of it appeared in the thread. */
  readonly appeared: () => void;
}

/** A short answer is whole before it would be worth showing it grow. */
const GRACE_MS = 700;
const LONG_GRACE_MS = 250;
/** Tools alone have the status line first: what they send (a file) shall stand above the answer. */
const TOOLS_GRACE_MS = 3_000;
const LONG_CHARS = 80;
const STREAM_INTERVAL_MS = 1_000;
const POSTS_INTERVAL_MS = 1_250;

export class LiveAnswer {
  readonly #parts: LiveAnswerParts;
  #stream: LiveStream | undefined;
  /** Once there, it has taken over from the stream. */
  #posts: LivePosts | undefined;
  /** Nothing more will be shown: the delivery finishes what stands there. */
  #isQuiet = false;
  #progress: Progress | undefined;
  #firstAt: number | undefined;
  #shownAt = 0;
  #cancelTimer: (() => void) | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isFrozen = false;

  constructor(parts: LiveAnswerParts) {
    this.#parts = parts;
    // An earlier process began it: whether its streams still live, nobody knows.
    if (parts.record.isBeginning) this.#isQuiet = true;
    else if (parts.record.messages.length > 0) this.#posts = this.#newPosts();
  }

  get record(): LiveRecord {
    return this.#parts.record;
  }

  /** All that its task worked on; undefined while more may come. */
  get allMessages(): Progress["messages"] | undefined {
    return this.#progress?.isOver ? this.#progress.messages : undefined;
  }

  get addressed(): Addressed {
    return this.#parts.addressed;
  }

  /** Its messages show by themselves that something is being done. */
  get isStreaming(): boolean {
    return this.#stream?.isOpen ?? false;
  }

  show(progress: Progress): void {
    this.#progress = progress;
    const hasContent = progress.text !== "" || progress.tools.length > 0;
    if (hasContent) this.#firstAt ??= this.#parts.clock.now();
    this.#wake();
  }

  /** Nothing more is shown from now on; what was on its way has arrived. */
  async freeze(): Promise<void> {
    this.#isFrozen = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  /** Makes the live messages the whole answer as they stand. False: they must be rewritten, which they can be then. */
  async end(text: string, key: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#stream) return false;
    if (!this.#posts && !this.#isQuiet && (await this.#stream.end(text, key, signal))) return true;
    await this.#stream.release(signal);
    return false;
  }

  /** Its delivery is done. */
  async forget(): Promise<void> {
    if (this.isStreaming) this.#parts.budget.streamEnded();
    await this.#parts.record.drop();
  }

  /** After how long something is to be shown; undefined: not before something changes. */
  #dueIn(): number | undefined {
    const { clock } = this.#parts;
    const progress = this.#progress;
    if (!progress || progress.isOver || this.#isFrozen || this.#isQuiet) return undefined;
    if (this.#stream || this.#posts) {
      const interval = this.#posts ? POSTS_INTERVAL_MS : STREAM_INTERVAL_MS;
      return Math.max(0, this.#shownAt + interval - clock.now());
    }
    if (this.#firstAt === undefined) return undefined;
    const patience = progress.text.length >= LONG_CHARS ? LONG_GRACE_MS : GRACE_MS;
    const grace = progress.text === "" ? TOOLS_GRACE_MS : patience;
    return Math.max(0, this.#firstAt + grace - clock.now());
  }

  #wake(delayMs = 0): void {
    const dueIn = this.#dueIn();
    if (dueIn === undefined || this.#running) {
      this.#cancelTimer?.();
      this.#dueAt = Number.POSITIVE_INFINITY;
      return;
    }
    // Each word wakes it: one timer is enough for all that come before it goes off.
    const dueAt = this.#parts.clock.now() + Math.max(dueIn, delayMs);
    if (this.#dueAt <= dueAt) return;
    this.#cancelTimer?.();
    this.#dueAt = dueAt;
    this.#cancelTimer = this.#parts.clock.after(Math.max(dueIn, delayMs), () => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      const shown = this.#progress;
      this.#running = this.#showNow().then((againMs) => {
        this.#running = undefined;
        this.#shownAt = this.#parts.clock.now();
        if (againMs !== undefined || this.#progress !== shown) this.#wake(againMs);
      });
    });
  }

  /** Never throws. Returns after how long to try the same again, if it must be. */
  async #showNow(): Promise<number | undefined> {
    const progress = this.#progress;
    if (!progress || this.#isFrozen) return undefined;
    const text = withSalutation(this.#parts.addressed.salutation, progress.text);
    const before = this.#parts.record.messages.length;
    try {
      if (!this.#stream && !this.#posts) this.#begin();
      if (this.#posts) return text.trim() === "" || (await this.#posts.show(text)) ? undefined : POSTS_INTERVAL_MS;
      await this.#stream?.grow(text, progress.tools);
      return undefined;
    } catch (error) {
      return this.#goOnAfter(error);
    } finally {
      if (this.#parts.record.messages.length > before) this.#parts.appeared();
    }
  }

  async #goOnAfter(error: unknown): Promise<number | undefined> {
    const { log, record, workspace } = this.#parts;
    if (error instanceof SlackFailure && error.kind === "retry") return error.retryAfterMs ?? STREAM_INTERVAL_MS;
    // To change a message to the same again does no harm.
    const isRepeatable = this.#posts !== undefined && !record.isBeginning;
    if (error instanceof SlackFailure && error.kind === "uncertain" && isRepeatable) return POSTS_INTERVAL_MS;
    if (isUnknownMethod(error)) workspace.hasStreams = false;
    const isStopped = error instanceof SlackFailure && error.code === "stopped_by_user";
    const isLong = error instanceof StreamBroken && error.isLongEnough;
    this.#isQuiet = this.#posts !== undefined || record.isBeginning || isStopped || isLong;
    log.info("a live answer cannot go on as it was", { task: record.task, isQuiet: this.#isQuiet, error });
    if (this.#isQuiet) return undefined;
    try {
      await this.#stream?.release();
    } catch {
      // Then its messages cannot be changed either, now.
      this.#isQuiet = true;
      return undefined;
    }
    this.#posts = this.#newPosts();
    return 0;
  }

  #begin(): void {
    const { workspace, addressed } = this.#parts;
    if (workspace.hasStreams) this.#stream = new LiveStream({ ...this.#parts, mayMention: addressed.mayMention });
    else this.#posts = this.#newPosts();
  }

  #newPosts(): LivePosts {
    return new LivePosts({ ...this.#parts, mayMention: this.#parts.addressed.mayMention });
  }
}
