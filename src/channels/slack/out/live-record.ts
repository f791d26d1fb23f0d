// The messages of one live answer, kept in the ledger step by step: that one begins is stored before Slack is asked to begin it.

import type { ReplyPlace } from "../reply-place.ts";
import { SlackFailure } from "../slack-api.ts";
import type { LiveMemo, LiveMemos, LiveMessage } from "./live-memo.ts";

export class LiveRecord {
  readonly task: string;
  readonly place: ReplyPlace;
  readonly #memos: LiveMemos;
  #messages: readonly LiveMessage[];
  #isBeginning: boolean;
  #isStored: boolean;

  constructor(memos: LiveMemos, task: string, place: ReplyPlace, before?: LiveMemo) {
    this.#memos = memos;
    this.task = task;
    this.place = place;
    this.#messages = before?.messages ?? [];
    this.#isBeginning = before?.isBeginning ?? false;
    this.#isStored = before !== undefined;
  }

  get messages(): readonly LiveMessage[] {
    return this.#messages;
  }

  /** There may be a message that we do not know. */
  get isBeginning(): boolean {
    return this.#isBeginning;
  }

  /** `begin` asks Slack for a new message and returns its ts. */
  async begin(isStream: boolean, begin: () => Promise<string>): Promise<string> {
    this.#isBeginning = true;
    await this.#save();
    try {
      const ts = await begin();
      this.#messages = [...this.#messages, { ts, isStream }];
      this.#isBeginning = false;
      await this.#save();
      return ts;
    } catch (error) {
      if (!(error instanceof SlackFailure) || error.kind === "uncertain") throw error;
      this.#isBeginning = false;
      if (this.#messages.length > 0) await this.#save();
      else await this.drop();
      throw error;
    }
  }

  async drop(): Promise<void> {
    if (this.#isStored) await this.#memos.drop(this.task);
  }

  #save(): Promise<void> {
    this.#isStored = true;
    return this.#memos.put(this.task, {
      place: this.place,
      messages: [...this.#messages],
      isBeginning: this.#isBeginning,
    });
  }
}
