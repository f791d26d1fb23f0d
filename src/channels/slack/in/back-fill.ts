// What was said, changed or taken back while nobody listened: fetched from the history of the chats we know, put through the same reading
// and the same dedupe, in order, before anything new of that chat. Bounded in age and number; what is beyond is logged.

import PQueue from "p-queue";
import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { OneByOne } from "../../../lib/one-by-one.ts";
import { compareTs, isDirect, msToTs, placeOf } from "../session-keys.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { isOwn } from "./read-message.ts";
import { mentions } from "./readable-text.ts";
import { type SlackMessage, slackMessage } from "./slack-events.ts";
import type { MessageTaker } from "./take-message.ts";
import type { OpenMessage, TakenBack } from "./taken-back.ts";

export interface BackFillParts {
  readonly api: SlackApi;
  readonly ledger: Pick<ChannelLedger, "sessionsSince">;
  readonly taker: MessageTaker;
  readonly takenBack: TakenBack;
  readonly oneByOne: OneByOne;
  readonly identity: () => Promise<SlackIdentity>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface BackFill {
  /** Something may have been missed since then. */
  begin(sinceMs: number): void;
  /** Resolves once every chat with something to catch up with has it in front of what is new. */
  planned(): Promise<void>;
  isPending(): boolean;
  stop(): void;
}

const AGE_MS_MAX = 24 * 60 * 60 * 1_000;
/** Clocks differ, and what was on its way when the connection broke is older than its end. */
const OVERLAP_MS = 60_000;
const SESSIONS_MAX = 1_000;
const CHANNELS_MAX = 50;
const THREADS_MAX = 50;
const PAGE = 200;
const PAGES_MAX = 5;
const BESIDE_MAX = 4;
const AGAIN_MS = 30_000;
const TRIES_MAX = 6;

const pageAnswer = z.object({
  messages: z.array(slackMessage),
  response_metadata: z.object({ next_cursor: z.string().optional() }).nullish(),
});

interface Chat {
  readonly channel: string;
  /** Threads in which we have a conversation. */
  readonly roots: ReadonlySet<string>;
  /** What may have been taken back. */
  readonly open: readonly OpenMessage[];
  readonly fromMs: number;
  readonly identity: SlackIdentity;
}

interface Thread {
  readonly channel: string;
  readonly root: string;
  /** What came later was missed. */
  readonly from: string;
  readonly isKnown: boolean;
  /** It calls us in, or is our own. */
  readonly isCall: (message: SlackMessage) => boolean;
}

interface Missed {
  readonly message: SlackMessage;
  readonly takesPart: boolean;
}

const isSince = (ts: string | undefined, from: string): boolean => ts !== undefined && compareTs(ts, from) > 0;

export function createBackFill(parts: BackFillParts): BackFill {
  const { api, ledger, taker, takenBack, oneByOne, clock, log } = parts;
  const beside = new PQueue({ concurrency: BESIDE_MAX });
  let planning: Promise<void> = Promise.resolve();
  let pending = 0;
  let isStopped = false;
  const waiting = new Set<() => void>();

  async function plan(sinceMs: number): Promise<void> {
    const identity = await parts.identity();
    const now = clock.now();
    const fromMs = Math.max(sinceMs - OVERLAP_MS, now - AGE_MS_MAX);
    if (sinceMs < fromMs) log.warn("too long away: what is older is not fetched", { sinceMs, fromMs });
    const open = await takenBack.open(identity.team);
    const chats = new Map([...open.keys()].map((channel) => [channel, new Set<string>()]));
    for (const session of await ledger.sessionsSince("slack", now - AGE_MS_MAX, SESSIONS_MAX)) {
      const place = placeOf(session, identity.team);
      if (!place) continue;
      const roots = chats.get(place.channel) ?? new Set();
      if (place.root !== undefined) roots.add(place.root);
      chats.set(place.channel, roots);
    }
    if (chats.size > CHANNELS_MAX) log.warn("too many chats: some are not caught up with", { chats: chats.size });
    for (const [channel, roots] of [...chats].slice(0, CHANNELS_MAX)) {
      pending += 1;
      catchUp({ channel, roots, open: open.get(channel) ?? [], fromMs, identity }, 1);
    }
  }

  /** Its place in the chat's row is taken now, its turn at Slack comes when there is one. */
  function catchUp(chat: Chat, tries: number): void {
    const done = (): void => {
      pending -= 1;
    };
    oneByOne
      .run(chat.channel, async () => beside.add(() => fill(chat)))
      .then(done, (error: unknown) => {
        log.warn("what was missed in a chat could not be fetched", { channel: chat.channel, tries, error });
        const isFinal = error instanceof SlackFailure && error.kind === "refused";
        if (isFinal || tries >= TRIES_MAX) return done();
        const told = error instanceof SlackFailure ? (error.retryAfterMs ?? 0) : 0;
        later(Math.max(told, AGAIN_MS * 2 ** (tries - 1)), () => catchUp(chat, tries + 1));
      });
  }

  function later(delayMs: number, call: () => void): void {
    if (isStopped) return;
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      call();
    });
    waiting.add(cancel);
  }

  async function fill(chat: Chat): Promise<void> {
    if (isStopped) return;
    const span = { channel: chat.channel, oldest: msToTs(clock.now() - AGE_MS_MAX) };
    const past = await all("conversations.history", span);
    const isThere = new Set(past.flatMap(({ ts, subtype }) => (subtype === "tombstone" ? [] : [ts])));
    try {
      for (const message of chat.open) if (!isStopped && !isThere.has(message.ts)) await takenBack.check(message, chat);
    } finally {
      // What was missed does not wait for another try.
      await take(await missedIn(chat, past), chat);
    }
  }

  async function take(missed: readonly Missed[], { channel, fromMs, identity }: Chat): Promise<void> {
    const from = msToTs(fromMs);
    if (missed.length > 0) log.info("catching up", { channel, messages: missed.length });
    for (const { message, takesPart } of missed) {
      if (isStopped) return;
      const where = { identity, channel, takesPart };
      if (isSince(message.ts, from)) await taker.said(message, where);
      // We may have known it as it was.
      if (isSince(message.edited?.ts, from)) await taker.edited(message, where);
    }
  }

  /** In order; also what is known already, which the ledger recognises. */
  async function missedIn(
    { channel, roots: known, fromMs, identity }: Chat,
    past: readonly SlackMessage[],
  ): Promise<readonly Missed[]> {
    const from = msToTs(fromMs);
    const isMissed = ({ ts, edited }: SlackMessage): boolean => isSince(ts, from) || isSince(edited?.ts, from);
    const missed = new Map<string, Missed>();
    for (const message of past) if (isMissed(message)) missed.set(message.ts, { message, takesPart: false });

    const seen = new Set(past.map(({ ts }) => ts));
    const moved = past.filter(({ latest_reply }) => isSince(latest_reply, from));
    const threads = [...moved.map(({ ts }) => ts), ...[...known].filter((root) => !seen.has(root))];
    if (threads.length > THREADS_MAX) log.warn("too many threads: some are not caught up with", { channel });
    for (const root of threads.slice(0, THREADS_MAX)) {
      const isCall = (message: SlackMessage): boolean =>
        isOwn(message, identity) || mentions(message.text, identity.botUser);
      for (const one of await missedInThread({ channel, root, from, isKnown: known.has(root), isCall }))
        missed.set(one.message.ts, one);
    }
    return [...missed.values()].sort((one, other) => compareTs(one.message.ts, other.message.ts));
  }

  /** Only what came since is fetched: a thread may be longer than we would read. */
  async function missedInThread(thread: Thread): Promise<readonly Missed[]> {
    const { channel, root, from, isCall } = thread;
    const said = await all("conversations.replies", { channel, ts: root, oldest: from });
    const isNew = ({ ts }: SlackMessage): boolean => isSince(ts, from);
    if (!said.some(isNew)) return [];
    // It comes along however old it is.
    const oldRoot = said.find((message) => !isNew(message));
    let takesPart = oldRoot !== undefined && (isCall(oldRoot) || (await tookPart(thread)));
    const missed: Missed[] = [];
    for (const message of said) {
      if (isNew(message)) missed.push({ message, takesPart });
      takesPart ||= isCall(message);
    }
    return missed;
  }

  /** Before what was missed. */
  async function tookPart({ channel, root, from, isKnown, isCall }: Thread): Promise<boolean> {
    if (isDirect(channel)) return true;
    const asked = { channel, ts: root, latest: from };
    const { messages, isWhole } = await pages("conversations.replies", asked, (page) => page.some(isCall));
    return messages.some(isCall) || (!isWhole && isKnown);
  }

  async function all(method: string, asked: Readonly<Record<string, string>>): Promise<readonly SlackMessage[]> {
    const { messages, isWhole } = await pages(method, asked);
    if (!isWhole) log.warn("too many messages: some are not caught up with", { method, ...asked });
    return messages;
  }

  async function pages(
    method: string,
    asked: Readonly<Record<string, string>>,
    isEnough: (page: readonly SlackMessage[]) => boolean = () => false,
  ): Promise<{ readonly messages: readonly SlackMessage[]; readonly isWhole: boolean }> {
    const found: SlackMessage[] = [];
    let cursor = "";
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { messages, response_metadata } = await pageAt(method, { ...asked, ...(cursor === "" ? {} : { cursor }) });
      found.push(...messages);
      cursor = response_metadata?.next_cursor ?? "";
      if (cursor === "") return { messages: found, isWhole: true };
      if (isEnough(messages)) break;
    }
    return { messages: found, isWhole: false };
  }

  /** A thread whose root is gone has nothing to catch up with. */
  async function pageAt(method: string, asked: Readonly<Record<string, string>>): Promise<z.infer<typeof pageAnswer>> {
    try {
      return pageAnswer.parse(await api.call(method, { ...asked, limit: PAGE }));
    } catch (error) {
      if (error instanceof SlackFailure && error.code === "thread_not_found") return { messages: [] };
      throw error;
    }
  }

  function begin(sinceMs: number): void {
    if (isStopped) return;
    pending += 1;
    planning = plan(sinceMs)
      .catch((error: unknown) => {
        if (isStopped) return;
        log.warn("what was missed cannot be looked for", { error });
        later(AGAIN_MS, () => begin(sinceMs));
      })
      .finally(() => {
        pending -= 1;
      });
  }

  return {
    begin,
    planned: () => planning,
    isPending: () => pending > 0,
    stop: () => {
      isStopped = true;
      for (const cancel of waiting) cancel();
    },
  };
}
