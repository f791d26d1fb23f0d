// A live answer in Slack's own streams: each is a message that grows, rolls over before it is too long or too old, and is stopped.

import type { Clock } from "../../../core/clock.ts";
import { STREAM_START, type StreamState } from "../../shared/markdown-stream.ts";
import type { ToolProgress } from "../../shared/progress.ts";
import { planStream } from "../render/stream-slack.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { deliveryMetadataOf } from "./delivery-mark.ts";
import type { LiveBudget } from "./live-budget.ts";
import { hasEnded, stopStream } from "./live-message.ts";
import type { LiveRecord } from "./live-record.ts";

/** The stream cannot go on; what is to be shown must be shown another way. */
export class StreamBroken extends Error {
  override readonly name = "StreamBroken";
  readonly isLongEnough: boolean;

  constructor(message: string, isLongEnough = false) {
    super(message);
    this.isLongEnough = isLongEnough;
  }
}

export interface LiveStreamParts {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly budget: LiveBudget;
  readonly record: LiveRecord;
  readonly mayMention: ReadonlySet<string>;
}

/** Slack ends a stream about five minutes after its start. */
const AGE_MS_MAX = 4 * 60_000;
const BYTES_MAX = 9_000;
/** What is longer is not read while it grows. */
export const LIVE_MESSAGES_MAX = 8;
const TITLE_CHARS_MAX = 200;

type Chunk = Readonly<Record<string, unknown>>;

export class LiveStream {
  readonly #parts: LiveStreamParts;
  #state: StreamState = STREAM_START;
  /** What of the text was given to Slack. */
  #shown = "";
  #open: { readonly ts: string; readonly startedAt: number; readonly message: number } | undefined;
  readonly #tools = new Map<string, ToolProgress>();
  /** Some of it did not arrive as planned: only a whole rewrite makes it right. */
  #isPatched = false;

  constructor(parts: LiveStreamParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** `text` is all of it so far. A SlackFailure of kind `retry`: nothing was shown, try again later. */
  async grow(text: string, tools: readonly ToolProgress[]): Promise<void> {
    if (!text.startsWith(this.#shown)) throw new StreamBroken("the text was taken back");
    const isOld = this.#open !== undefined && this.#ageMs() > AGE_MS_MAX;
    const from = isOld ? { ...this.#state, size: BYTES_MAX } : this.#state;
    const { pieces, state } = planStream(text, from, { mayMention: this.#parts.mayMention }, false);
    let news: readonly Chunk[] = this.#news(tools);
    let isBegun = false;
    try {
      for (const { message, append } of pieces) {
        await this.#put(message, [...news, { type: "markdown_text", text: append }]);
        news = [];
        isBegun = true;
      }
      if (news.length > 0) await this.#put(this.#open?.message ?? state.message, news);
    } catch (error) {
      if (isBegun || !(error instanceof SlackFailure) || error.kind !== "retry") {
        this.#isPatched = true;
        throw error;
      }
      for (const { callId } of tools) this.#tools.delete(callId);
      throw error;
    }
    this.#state = state;
    this.#shown = text.slice(0, state.consumed);
    // Nothing to say, and its end is near: the next text begins a new one.
    if (isOld && pieces.length === 0) await this.release();
  }

  /** Ends it as the whole answer, marked as such. False: this cannot be done in place. */
  async end(text: string, key: string, signal: AbortSignal): Promise<boolean> {
    const open = this.#open;
    if (!open || this.#isPatched || !text.startsWith(this.#shown)) return false;
    const { pieces } = planStream(text, this.#state, { mayMention: this.#parts.mayMention }, true);
    if (pieces.some(({ message }) => message !== open.message)) return false;
    const rest = pieces.map(({ append }) => append).join("");
    const chunks = [...this.#settled(), ...(rest === "" ? [] : [{ type: "markdown_text", text: rest }])];
    const { messages } = this.#parts.record;
    const metadata = deliveryMetadataOf({ key, part: messages.length, of: messages.length });
    try {
      await this.#stop({ ...(chunks.length > 0 ? { chunks } : {}), metadata }, signal);
      return true;
    } catch (error) {
      if (error instanceof SlackFailure && error.kind === "refused") return false;
      throw error;
    }
  }

  /** Stops what is open, whatever it says. */
  async release(signal?: AbortSignal): Promise<void> {
    const open = this.#open;
    this.#isPatched = true;
    if (!open) return;
    const chunks = this.#settled();
    await stopStream(this.#parts.api, this.#parts.record.place, open.ts, chunks.length > 0 ? { chunks } : {}, signal);
    this.#open = undefined;
    this.#parts.budget.streamEnded();
  }

  async #put(message: number, chunks: readonly Chunk[]): Promise<void> {
    const open = this.#open;
    if (open && open.message === message) {
      await this.#parts.api.call("chat.appendStream", { ...this.#at(open.ts), chunks }, { lane: open.ts });
      return;
    }
    if (this.#parts.record.messages.length >= LIVE_MESSAGES_MAX)
      throw new StreamBroken("as long as anybody reads along", true);
    if (open) await this.#roll();
    await this.#begin(message, chunks);
  }

  async #begin(message: number, chunks: readonly Chunk[]): Promise<void> {
    const { api, budget, clock, record } = this.#parts;
    const { channel, thread, user, team, isDm } = record.place;
    if (!budget.takeStream()) throw new StreamBroken("too many streams");
    const startedAt = clock.now();
    try {
      const ts = await record.begin(true, async () => {
        const answer = await api.call("chat.startStream", {
          ...{ channel, thread_ts: thread, chunks, task_display_mode: "timeline" },
          ...(isDm ? {} : { recipient_user_id: user, recipient_team_id: team }),
        });
        return String(answer.ts);
      });
      this.#open = { ts, startedAt, message };
    } catch (error) {
      budget.streamFailed();
      throw error;
    }
  }

  /** It is part of the answer as it is; of how many parts is not known yet. */
  async #roll(): Promise<void> {
    const { record } = this.#parts;
    const chunks = this.#settled();
    const metadata = deliveryMetadataOf({ key: record.task, part: record.messages.length, of: 0 });
    await this.#stop({ ...(chunks.length > 0 ? { chunks } : {}), metadata });
  }

  async #stop(last: Chunk, signal?: AbortSignal): Promise<void> {
    const { api, budget } = this.#parts;
    const ts = this.#open?.ts ?? "";
    try {
      await api.call("chat.stopStream", { ...this.#at(ts), ...last }, { lane: ts, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (!hasEnded(error)) throw error;
      this.#open = undefined;
      budget.streamEnded();
      throw error;
    }
    this.#open = undefined;
    budget.streamEnded();
  }

  #news(tools: readonly ToolProgress[]): readonly Chunk[] {
    return tools.flatMap((tool) => {
      if (this.#tools.get(tool.callId)?.status === tool.status) return [];
      this.#tools.set(tool.callId, tool);
      return [taskUpdate(tool)];
    });
  }

  /** No task may stay under way in a message that has ended. */
  #settled(): readonly Chunk[] {
    const open = [...this.#tools.values()].filter(({ status }) => status === "running");
    return open.map((tool) => {
      const settled = { ...tool, status: "ok" };
      this.#tools.set(tool.callId, settled);
      return taskUpdate(settled);
    });
  }

  readonly #at = (ts: string) => ({ channel: this.#parts.record.place.channel, ts });

  readonly #ageMs = (): number => this.#parts.clock.now() - (this.#open?.startedAt ?? 0);
}

const taskUpdate = ({ callId, name, status }: ToolProgress): Chunk => ({
  ...{ type: "task_update", id: callId, title: name.slice(0, TITLE_CHARS_MAX) },
  status: status === "running" ? "in_progress" : status === "ok" ? "complete" : "error",
});
