// What people see of a message before its answer: at once that it was taken, how many are before it, that it is being worked. All of
// it is for show: what fails here is passed over.

import type { ChannelLedger } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { AcceptResult, StoredMessage } from "../../../core/message.ts";
import { languageOf, userText } from "../../../core/user-text.ts";
import type { Progress } from "../../shared/progress.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { createProcessingSessions } from "./processing-session.ts";
import { createTakenReactions } from "./taken-reaction.ts";
import { createThreadStatus } from "./thread-status.ts";

export interface Signs {
  accepted(result: AcceptResult, place: ReplyPlace): void;
  /** `isStreaming`: its live messages show so themselves. */
  working(progress: Progress, place: ReplyPlace, isStreaming: boolean): void;
  /** A message of ours is sent to the thread, and then it appeared there. */
  appearing(place: ReplyPlace): void;
  appeared(place: ReplyPlace): void;
  /** It was taken back while it waited; `key` is the message's. */
  withdrawn(key: string): void;
  /** Its answer is there, or there will be none. */
  over(task: string, place: ReplyPlace, messages: readonly StoredMessage[]): void;
  /** Takes away what an earlier process left. */
  start(): Promise<void>;
  /** Resolves when nothing is on its way any more. */
  stop(): Promise<void>;
}

export interface SignsParts {
  readonly api: SlackApi;
  readonly ledger: Pick<
    ChannelLedger,
    "putMemo" | "memo" | "memos" | "dropMemo" | "task" | "tasks" | "messageOf" | "messagesOfTask"
  >;
  readonly clock: Clock;
  readonly log: Log;
}

const CHANNEL = "slack";
/** After that Slack takes a status away. */
const STATUS_MS = 120_000;
const REFRESH_MS = 90_000;
/** Of the latest tasks, so many may have left a status. */
const ENDED_MAX = 200;
/** A task may wait for a person for days; a status must not. */
const REFRESHES_MAX = 40;
/** What is answered sooner needs no stop button. */
const PROCESSING_MS = 2_000;
const WAIT_MS_MAX = 2_000;
const TRIES_MAX = 5;

interface Working {
  readonly place: ReplyPlace;
  /** Empty while a stream shows it. */
  status: string;
  /** Not only taken. */
  isBegun: boolean;
  isProcessing: boolean;
  refreshes: number;
  cancel: () => void;
}

export function createSigns({ api, ledger, clock, log }: SignsParts): Signs {
  const status = createThreadStatus(api);
  const reactions = createTakenReactions(api, ledger, clock);
  const sessions = createProcessingSessions(api, ledger, clock);
  const startedAt = clock.now();
  const working = new Map<string, Working>();
  const errands = new Set<Promise<void>>();

  function run(what: string, errand: () => Promise<unknown>): void {
    const mine = errand().then(
      () => {},
      (error: unknown) => log.debug("a sign failed", { what, error }),
    );
    errands.add(mine);
    void mine.then(() => errands.delete(mine));
  }

  function taken(message: StoredMessage, place: ReplyPlace): void {
    const sign = working.get(message.task) ?? begin(message.task, place);
    sign.status = chatText("thinking", languageOf(message.text));
    run("taken", async () => {
      if (await status.show(place, sign.status)) return;
      // Its work tries again.
      sign.status = "";
      await reactions.add(message, place);
    });
    refreshLater(sign);
  }

  /** Takes away what would stand for long; Slack takes few of these a minute. */
  function takeAway(what: string, errand: () => Promise<void>, triesLeft = TRIES_MAX): void {
    run(what, async () => {
      try {
        await errand();
      } catch (error) {
        const isLater = error instanceof SlackFailure && error.kind !== "refused" && triesLeft > 0;
        if (!isLater) throw error;
        clock.after(error.retryAfterMs ?? WAIT_MS_MAX, () => takeAway(what, errand, triesLeft - 1));
      }
    });
  }

  const unreact = (message: string): void => takeAway("reaction", () => reactions.remove(message));

  /** The thread's status belongs to what is being worked, so who waits is told otherwise. */
  async function waiting(message: StoredMessage, place: ReplyPlace, position: number): Promise<void> {
    const { channel, user, thread } = place;
    const text = userText("waiting", languageOf(message.text), position);
    const inThread = thread === place.message ? {} : { thread_ts: thread };
    run("reaction", () => reactions.add(message, place));
    await api.call("chat.postEphemeral", { channel, user, text, ...inThread }, { waitMsMax: WAIT_MS_MAX });
  }

  function show(sign: Working, refresh: boolean): void {
    if (sign.status !== "") run("status", () => status.show(sign.place, sign.status, refresh));
    if (refresh) sign.refreshes += 1;
    refreshLater(sign);
  }

  function refreshLater(sign: Working): void {
    sign.cancel();
    if (sign.refreshes < REFRESHES_MAX) sign.cancel = clock.after(REFRESH_MS, () => show(sign, true));
  }

  function begin(task: string, place: ReplyPlace): Working {
    const sign: Working = { place, status: "", isBegun: false, isProcessing: false, refreshes: 0, cancel: () => {} };
    working.set(task, sign);
    return sign;
  }

  function begun(task: string, sign: Working): void {
    if (sign.isBegun) return;
    sign.isBegun = true;
    clock.after(PROCESSING_MS, () => {
      // A stream brings its own stop button.
      if (working.get(task) !== sign || sign.status === "") return;
      sign.isProcessing = true;
      run("session", () => sessions.begin(task, sign.place, () => working.get(task) === sign));
    });
  }

  function endStatus(place: ReplyPlace, always: boolean): void {
    const next = [...working.values()].find(
      ({ status: text, place: { channel, thread } }) =>
        text !== "" && channel === place.channel && thread === place.thread,
    );
    // Our message may have taken away its status as well.
    if (next) show(next, !status.isSure(place));
    else run("status", () => status.clear(place, always));
  }

  function over(task: string, place: ReplyPlace, messages: readonly StoredMessage[]): void {
    const sign = working.get(task);
    sign?.cancel();
    working.delete(task);
    for (const message of messages) if (isFromBefore(message) || reactions.isAdded(message.id)) unreact(message.id);
    if (sign?.isProcessing) takeAway("session", () => sessions.end(task, place));
    endStatus(place, messages.some(isFromBefore));
  }

  async function withdrawn(key: string): Promise<void> {
    const message = await ledger.messageOf(key);
    const place = replyPlace.safeParse(message?.replyTo).data;
    if (!message || !place) return;
    const task = await ledger.task(message.task);
    // Others may have joined it.
    if (!task || task.endedAt !== null) over(message.task, place, [message]);
  }

  /** Where the process before may have died between the end of a task and the end of its status. */
  async function lately(): Promise<Iterable<ReplyPlace>> {
    const places = new Map<string, ReplyPlace>();
    for (const { id, channel, endedAt } of await ledger.tasks({ limit: ENDED_MAX })) {
      if (channel !== CHANNEL || endedAt === null || endedAt < startedAt - STATUS_MS) continue;
      const [message] = await ledger.messagesOfTask(id);
      const place = replyPlace.safeParse(message?.replyTo).data;
      if (place) places.set(`${place.channel} ${place.thread}`, place);
    }
    return places.values();
  }

  /** An earlier process may have shown signs for it. */
  const isFromBefore = ({ receivedAt }: StoredMessage): boolean => receivedAt <= startedAt;

  return {
    accepted: (result, place) => {
      if (result.status !== "accepted") return;
      const { message, position } = result;
      if (position === 0) taken(message, place);
      else run("taken", () => waiting(message, place, position));
    },
    working: ({ task, tools, messages, isOver }, place, isStreaming) => {
      const sign = working.get(task) ?? begin(task, place);
      if (isOver) {
        // It stands until its answer is there, and is not shown again.
        sign.status = "";
        return;
      }
      begun(task, sign);
      const language = languageOf(messages[0]?.text ?? "");
      const tool = tools.findLast(({ status: state }) => state === "running");
      const now = tool ? chatText("usingTool", language, tool.name) : chatText("thinking", language);
      const next = isStreaming ? "" : now;
      if (next === sign.status) return;
      sign.status = next;
      if (next !== "") show(sign, false);
    },
    appearing: status.appearing,
    appeared: status.appeared,
    withdrawn: (key) => run("withdrawn", () => withdrawn(key)),
    over,
    start: async () => {
      for (const message of await reactions.left()) unreact(message);
      for (const { task, place } of await sessions.left()) {
        takeAway("session", () => sessions.end(task, place));
        endStatus(place, true);
      }
      for (const place of await lately()) endStatus(place, true);
    },
    stop: async () => {
      for (const { cancel } of working.values()) cancel();
      working.clear();
      await Promise.all(errands);
    },
  };
}
