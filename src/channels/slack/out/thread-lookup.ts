// Looks into a thread for what we have said there, whatever the process that said it remembers.

import { z } from "zod";
import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { liveTaskFrom, type Marked, markFrom } from "./delivery-mark.ts";

export interface OwnMessages {
  /** Of the delivery that was looked for. */
  readonly marked: readonly Marked[];
  /** Live messages of its task that carry its name. */
  readonly live: readonly string[];
  /** Without any mark: streams that were begun and never ended. */
  readonly bare: readonly string[];
  /** Ids of the files we shared. */
  readonly files: readonly string[];
}

const PAGE = 200;
const PAGES_MAX = 50;

const repliesPage = z.object({
  messages: z.array(
    z.looseObject({
      ts: z.string(),
      bot_id: z.string().optional(),
      user: z.string().optional(),
      subtype: z.string().optional(),
      metadata: z.unknown().optional(),
      files: z.array(z.looseObject({ id: z.string() })).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export interface Lookup {
  readonly api: SlackApi;
  readonly identity: SlackIdentity;
  readonly place: ReplyPlace;
  readonly key: string;
  readonly task: string | null;
  readonly signal?: AbortSignal;
}

/** All that came after the message that is answered. */
export async function findOwnMessages({ api, identity, place, key, task, signal }: Lookup): Promise<OwnMessages> {
  const found = { marked: [] as Marked[], live: [] as string[], bare: [] as string[], files: [] as string[] };
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const answer = await api
      .call(
        "conversations.replies",
        {
          channel: place.channel,
          ts: place.thread,
          oldest: place.message ?? place.thread,
          include_all_metadata: true,
          limit: PAGE,
          ...(cursor ? { cursor } : {}),
        },
        signal ? { signal } : {},
      )
      .catch((error: unknown) => {
        // Nothing was ever said there, or all of it is gone.
        if (error instanceof SlackFailure && error.code === "thread_not_found") return { messages: [] };
        throw error;
      });
    const page = repliesPage.parse(answer);
    for (const { ts, bot_id, user, metadata, files } of page.messages) {
      if (bot_id !== identity.botId && user !== identity.botUser) continue;
      const mark = markFrom(metadata);
      if (mark?.key === key) found.marked.push({ ts, mark });
      else if (task !== null && liveTaskFrom(metadata) === task) found.live.push(ts);
      else if (metadata === undefined && !files && ts !== place.thread) found.bare.push(ts);
      found.files.push(...(files ?? []).map(({ id }) => id));
    }
    cursor = page.response_metadata?.next_cursor;
    if (!cursor) break;
  }
  return found;
}
