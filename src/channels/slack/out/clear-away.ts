// Takes a live answer away that no delivery will finish, also a message of it that was begun without our learning of it.

import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { deleteMessage, removeLive } from "./live-message.ts";
import type { LiveRecord } from "./live-record.ts";
import { findOwnMessages } from "./thread-lookup.ts";

export interface ClearAwayParts {
  readonly api: SlackApi;
  /** Undefined until it is known. */
  readonly identity: () => SlackIdentity | undefined;
  readonly record: LiveRecord;
  /** Those of the messages that belong to no other live answer; undefined while another one begins there. */
  readonly strays: (messages: readonly string[]) => Promise<readonly string[] | undefined>;
}

/** Throws SlackFailure; then it can be called again. */
export async function clearAway(parts: ClearAwayParts): Promise<void> {
  const { api, record } = parts;
  for (const { ts, isStream } of record.messages) {
    await (isStream ? removeLive : deleteMessage)(api, record.place, ts);
  }
  if (!record.isBeginning) return;
  for (const ts of await unknownOf(parts)) await removeLive(api, record.place, ts);
}

async function unknownOf({ api, identity, record, strays }: ClearAwayParts): Promise<readonly string[]> {
  const known = identity();
  if (!known) throw notNow("not_connected");
  const { place, task } = record;
  const there = await findOwnMessages({ api, identity: known, place, key: "", task });
  const bare = await strays(there.bare);
  if (!bare) throw notNow("another_answer_begins");
  return [...there.live, ...bare];
}

const notNow = (why: string): SlackFailure => new SlackFailure("conversations.replies", why, "retry");
