// After an outage: what was said meanwhile in the conversations the bot knows is listed and taken like what is pushed, and what was taken
// back of what stands open is withdrawn. Bounded in age and number; what lies beyond is told in the log.

import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { OneByOne } from "../../../lib/one-by-one.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { sessionPlace } from "../session-key.ts";
import { type ChatMessage, messageList } from "./chat-message.ts";
import type { Incoming } from "./incoming.ts";
import type { TakenBack } from "./taken-back.ts";
import type { Topics } from "./topics.ts";

export interface BackFillParts {
  readonly channel: string;
  readonly appId: string;
  readonly api: Pick<FeishuApi, "call">;
  readonly ledger: Pick<ChannelLedger, "sessionsSince">;
  readonly topics: Pick<Topics, "listId">;
  readonly lines: OneByOne;
  readonly incoming: Pick<Incoming, "take">;
  readonly takenBack: Pick<TakenBack, "open" | "check">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** Takes what was said since then. False: not all could be had, and it should be tried again. Never rejects. */
export type BackFill = (since: number, signal: AbortSignal) => Promise<boolean>;

const AGE_MS_MAX = 24 * 60 * 60_000;
/** Clocks differ, and what was last heard may not be what was last said. */
const OVERLAP_MS = 60_000;
const KNOWN_MS = 14 * 24 * 60 * 60_000;
const SESSIONS_MAX = 200;
const PAGE = 50;
const MESSAGES_OF_CHAT_MAX = 200;
const NEW_TOPICS_MAX = 20;

interface Filled {
  readonly count: number;
  readonly isWhole: boolean;
}

interface Container {
  readonly type: "chat" | "thread";
  readonly id: string;
}

export function createBackFill(parts: BackFillParts): BackFill {
  const { channel, appId, api, ledger, topics, lines, incoming, takenBack, clock, log } = parts;

  /** Of each chat where to look: the chat, and the topics the bot takes part in, whose replies the chat does not list. */
  async function containers(chats: Iterable<string>): Promise<ReadonlyMap<string, readonly Container[]>> {
    const sessions = await ledger.sessionsSince(channel, clock.now() - KNOWN_MS, SESSIONS_MAX);
    if (sessions.length === SESSIONS_MAX)
      log.warn("feishu back-fill: only the latest conversations", { sessions: SESSIONS_MAX });
    const found = new Map([...chats].map((id): [string, Container[]] => [id, [{ type: "chat", id }]]));
    for (const session of sessions) {
      const place = sessionPlace(session);
      if (!place || place.appId !== appId) continue;
      const of = found.get(place.chat) ?? [{ type: "chat", id: place.chat }];
      found.set(place.chat, of);
      const topic = place.part === undefined ? undefined : topics.listId(place.chat, place.part);
      if (topic !== undefined) of.push({ type: "thread", id: topic });
    }
    return found;
  }

  /**
   * The oldest first, as they were said, which their times alone do not tell. The platform is asked for the newest first, until they
   * are older: lists of topics know no span of time.
   */
  async function list({ type, id }: Container, since: number, signal: AbortSignal): Promise<readonly ChatMessage[]> {
    const found: ChatMessage[] = [];
    const query = { container_id_type: type, container_id: id, sort_type: "ByCreateTimeDesc", page_size: String(PAGE) };
    for (let page: string | undefined = ""; page !== undefined; ) {
      const token: Record<string, string> = page === "" ? {} : { page_token: page };
      const { messages, nextPage } = messageList.parse(
        await api.call("GET", "/im/v1/messages", { query: { ...query, ...token }, signal }),
      );
      const young = messages.filter(({ at }) => at >= since);
      found.push(...young);
      if (young.length < messages.length) break;
      if (found.length >= MESSAGES_OF_CHAT_MAX && nextPage !== undefined) {
        log.warn("feishu back-fill: more was missed than is caught up with", { [type]: id, taken: found.length });
        break;
      }
      page = nextPage;
    }
    return found.reverse();
  }

  /** The latest topics that were opened meanwhile: the chat lists their first message only. */
  const opened = (messages: Iterable<ChatMessage>, of: readonly Container[]): readonly Container[] => {
    const known = new Set(of.map(({ id }) => id));
    const topics = [...messages].flatMap(({ topic }) => (topic === undefined || known.has(topic) ? [] : [topic]));
    return [...new Set(topics)].slice(-NEW_TOPICS_MAX).map((id) => ({ type: "thread", id }));
  };

  async function withdrawGone(open: readonly string[], signal: AbortSignal): Promise<boolean> {
    let isWhole = true;
    for (const message of open) {
      signal.throwIfAborted();
      if (!(await takenBack.check(message, signal))) isWhole = false;
    }
    return isWhole;
  }

  async function fill(chat: string, of: readonly Container[], since: number, signal: AbortSignal): Promise<Filled> {
    const missed = new Map<string, ChatMessage>();
    let isWhole = true;
    const look = async (container: Container): Promise<void> => {
      try {
        for (const message of await list(container, since, signal)) missed.set(message.id, message);
      } catch (error) {
        if (signal.aborted || !(error instanceof FeishuFailure)) throw error;
        if (error.kind !== "refused") isWhole = false;
        const { code, scopes, grantUrl } = error;
        log.warn("feishu back-fill: a conversation cannot be listed", {
          chat,
          code,
          scopes: scopes.join(" "),
          grantUrl,
        });
      }
    };
    for (const container of of) await look(container);
    for (const container of opened(missed.values(), of)) await look(container);
    const inOrder = [...missed.values()].sort((one, other) => one.at - other.at);
    for (const message of inOrder) {
      if (signal.aborted) throw signal.reason;
      await incoming.take(message);
    }
    return { count: inOrder.length, isWhole };
  }

  return async (since, signal) => {
    const youngest = clock.now() - AGE_MS_MAX;
    if (since < youngest) log.warn("feishu back-fill: the outage was longer than what is caught up with", { since });
    const from = Math.max(since - OVERLAP_MS, youngest);
    let isWhole = true;
    try {
      let looked = 0;
      const open = await takenBack.open();
      for (const [chat, of] of await containers(open.keys())) {
        // In the chat's line, so that nothing that is said now overtakes what was missed.
        const filled = await lines.run(chat, async () => {
          const isLearned = await withdrawGone(open.get(chat) ?? [], signal);
          const { count, isWhole } = await fill(chat, of, from, signal);
          return { count, isWhole: isWhole && isLearned };
        });
        looked += filled.count;
        isWhole &&= filled.isWhole;
      }
      log.info("feishu back-fill", { looked, missedMs: clock.now() - since, isWhole });
      return isWhole;
    } catch (error) {
      if (!signal.aborted) log.error("feishu back-fill failed", { error });
      return false;
    }
  };
}
