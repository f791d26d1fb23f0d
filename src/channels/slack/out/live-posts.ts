// A live answer as ordinary messages that are changed: where there are no streams, where too many are open, or where one broke off.

import { compileSlack, type SlackMessage } from "../render/compile-slack.ts";
import type { SlackApi } from "../slack-api.ts";
import { buttonRow } from "./button-row.ts";
import { liveMetadataOf } from "./delivery-mark.ts";
import type { LiveBudget } from "./live-budget.ts";
import { stopStream } from "./live-message.ts";
import type { LiveRecord } from "./live-record.ts";
import { LIVE_MESSAGES_MAX } from "./live-stream.ts";

export interface LivePostsParts {
  readonly api: SlackApi;
  readonly budget: LiveBudget;
  readonly record: LiveRecord;
  readonly mayMention: ReadonlySet<string>;
  /** A new stop button's id; undefined if there can be none. */
  readonly makeStop: () => Promise<string | undefined>;
  readonly stopLabel: string;
}

interface Said {
  readonly text: string;
  readonly blocks: readonly object[];
}

export class LivePosts {
  readonly #parts: LivePostsParts;
  /** What each message says. */
  readonly #shown = new Map<string, string>();
  /** Streams of before that may still be open. */
  readonly #streams: Set<string>;
  #stop: Promise<string | undefined> | undefined;

  constructor(parts: LivePostsParts) {
    this.#parts = parts;
    this.#streams = new Set(parts.record.messages.flatMap(({ ts, isStream }) => (isStream ? [ts] : [])));
  }

  /** `text` is all of it so far. False: the budget is used up, some of it is not shown yet. */
  async show(text: string): Promise<boolean> {
    const { record, mayMention, budget } = this.#parts;
    const parts = compileSlack(text, { mayMention }).slice(0, LIVE_MESSAGES_MAX);
    for (const [index, { message }] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const ts = record.messages[index]?.ts;
      const body = JSON.stringify([message, isLast]);
      if (ts !== undefined && this.#shown.get(ts) === body) continue;
      if (ts !== undefined && !budget.takeUpdate()) return false;
      const said = await this.#withStop(message, isLast);
      if (ts === undefined) this.#shown.set(await this.#post(said), body);
      else {
        await this.#update(ts, said);
        this.#shown.set(ts, body);
      }
    }
    return true;
  }

  async #withStop({ text, blocks = [] }: SlackMessage, isLast: boolean): Promise<Said> {
    this.#stop ??= this.#parts.makeStop();
    const id = isLast ? await this.#stop : undefined;
    return {
      text,
      blocks: id === undefined ? blocks : [...blocks, buttonRow([{ id, kind: "stop", label: this.#parts.stopLabel }])],
    };
  }

  #post(said: Said): Promise<string> {
    const { api, record } = this.#parts;
    const { channel, thread } = record.place;
    return record.begin(false, async () => {
      const quiet = { unfurl_links: false, unfurl_media: false };
      const metadata = liveMetadataOf(record.task);
      const answer = await api.call("chat.postMessage", { channel, thread_ts: thread, ...quiet, ...said, metadata });
      return String(answer.ts);
    });
  }

  async #update(ts: string, said: Said): Promise<void> {
    const { api, record } = this.#parts;
    if (this.#streams.has(ts)) {
      await stopStream(api, record.place, ts, {});
      this.#streams.delete(ts);
    }
    const metadata = liveMetadataOf(record.task);
    await api.call("chat.update", { channel: record.place.channel, ts, ...said, metadata }, { lane: ts });
  }
}
