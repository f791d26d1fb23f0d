// Says something to an agent at work: a durable message in the line of its own session, which it takes in before its next model
// call. Only who asked for the work may: nobody's words act with another's rights.

import type { Clock, Ids } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { FileReference, InboundMessage, Language, Sender, SessionKey, StoredMessage } from "../core/message.ts";
import type { SessionEngine } from "../core/session-engine.ts";
import type { Store } from "../core/store.ts";
import { isSpawned, type Task } from "../core/task.ts";
import { shortGoal, tellText } from "../core/task-text.ts";
import { languageOf } from "../core/user-text.ts";
import type { LiveBoard } from "./live.ts";
import type { Outbox } from "./outbox.ts";

export interface Words {
  /** Of what says it: said again it is the same. */
  readonly key: string;
  readonly sender: Sender;
  readonly text: string;
  readonly files?: readonly FileReference[];
}

export interface Told {
  readonly isTold: boolean;
  /** For the one who says it. */
  readonly text: string;
}

export interface Steering {
  tell(task: Task, words: Words, language: Language): Promise<Told>;
  /** `/tell`, or a name with a colon: the task of this id, or the one agent of this name that works here. */
  tellNamed(message: InboundMessage, name: string, text: string): Promise<string>;
  /** Agents that work for this conversation and for each other, those that began first before the others. */
  working(session: SessionKey): Promise<readonly Task[]>;
  /** How to answer, if the message is said under an agent's card or under what called it. */
  find(message: InboundMessage): Promise<(() => Promise<string>) | undefined>;
}

export interface SteeringParts {
  readonly store: Pick<Store, "accept" | "messageOf" | "messagesOfTask" | "task" | "tasks">;
  readonly engine: Pick<SessionEngine, "wake">;
  readonly live: Pick<LiveBoard, "changed">;
  readonly outbox: Pick<Outbox, "isPushed">;
  /** The name of the agent that goes by this name or alias. */
  readonly nameOf: (name: string) => string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** The keys under which a message that calls agents spawns them; as many as one message may call. */
export const callKeys = (key: string): readonly string[] =>
  Array.from({ length: CALLS_MAX }, (_, place) => `${key}/agent/${place + 1}`);

const CALLS_MAX = 8;
const UNTAKEN_MAX = 20;
const WORKING_MAX = 50;

export function createSteering({ store, engine, live, outbox, nameOf, clock, ids, log }: SteeringParts): Steering {
  async function tell(task: Task, { key, sender, text, files }: Words, language: Language): Promise<Told> {
    const { id, agent, session, channel, kind, parent, parentSession, bounds } = task;
    const no = (why: string): Told => ({ isTold: false, text: why });
    const [first] = await store.messagesOfTask(id);
    if (task.asker !== sender.id) return no(tellText("notYours", language, agent, first?.sender.name ?? task.asker));
    if (task.endedAt !== null) return no(tellText("over", language, agent, id));
    if (kind !== "sub-agent" || parentSession === null) return no(tellText("deaf", language, agent));
    const said: InboundMessage = {
      ...{ key: `${key}/tell`, channel, session, sender, text, kind, agent },
      ...(files && files.length > 0 ? { files } : {}),
      ...(first?.replyTo === undefined ? {} : { replyTo: first.replyTo }),
    };
    const result = await store.accept(said, {
      messageId: ids.next("msg"),
      taskId: ids.next("task"),
      traceId: ids.next("trace"),
      now: clock.now(),
      waitingMax: UNTAKEN_MAX,
      // Whoever says it is answered where it was said.
      fullText: "",
      isPushed: outbox.isPushed(channel),
      parent: { session: parentSession, task: parent, bounds },
    });
    log.info("agent told", { session, task: id, status: result.status });
    if (result.status === "full") return no(tellText("tooMuch", language, agent));
    live.changed(session);
    // If it ended just now, this is worked as a task of its own.
    engine.wake(session, kind);
    return { isTold: true, text: tellText("told", language, agent) };
  }

  async function working(session: SessionKey): Promise<readonly Task[]> {
    const open = await store.tasks({ parentSession: session, isOpen: true, limit: WORKING_MAX });
    const mine = open.filter(isSpawned).toReversed();
    const below = await Promise.all(mine.map((task) => working(task.session)));
    return mine.flatMap((task, place) => [task, ...(below[place] ?? [])]);
  }

  async function tellNamed(message: InboundMessage, name: string, text: string): Promise<string> {
    const { session } = message;
    const language = languageOf(message.text);
    const agent = nameOf(name.replace(/^[@＠]/, ""));
    const all = await working(session);
    const byId = all.find(({ id }) => id === name) ?? (await endedHere(name, session));
    const found = byId ? [byId] : all.filter((task) => task.agent === agent);
    const [task] = found;
    if (!task) return tellText("nobody", language);
    if (found.length > 1) return tellText("which", language, agent, await listed(found));
    return (await tell(task, { ...wordsOf(message), text }, language)).text;
  }

  /** One that is over can still be named, to be told so. */
  async function endedHere(id: string, session: SessionKey): Promise<Task | undefined> {
    const task = await store.task(id);
    return task?.parentSession === session && isSpawned(task) ? task : undefined;
  }

  async function listed(tasks: readonly Task[]): Promise<string> {
    const lines = tasks.map(
      async ({ id }) => `- \`${id}\` ${shortGoal((await store.messagesOfTask(id))[0]?.text ?? "")}`,
    );
    return (await Promise.all(lines)).join("\n");
  }

  /** Those that a message called, or the one that it is the beginning of. */
  async function tasksOf(key: string): Promise<{ readonly tasks: readonly Task[]; readonly isCard: boolean }> {
    const itself = await taskWith(await store.messageOf(key));
    if (itself) return { tasks: [itself], isCard: true };
    const called = await Promise.all(callKeys(key).map(async (one) => taskWith(await store.messageOf(one))));
    return { tasks: called.flatMap((task) => (task?.endedAt === null ? [task] : [])), isCard: false };
  }

  async function taskWith(message: StoredMessage | undefined): Promise<Task | undefined> {
    const task = message && message.task !== "" ? await store.task(message.task) : undefined;
    return task && isSpawned(task) ? task : undefined;
  }

  return {
    tell,
    tellNamed,
    working,
    find: async (message) => {
      const { repliesTo, sender, text } = message;
      if (repliesTo === undefined) return undefined;
      const { tasks, isCard } = await tasksOf(repliesTo);
      const [task, other] = tasks;
      // Under what called several, and in what others say there, the conversation goes on with everybody.
      if (!task || other || task.endedAt !== null) return undefined;
      if (!isCard && task.asker !== sender.id) return undefined;
      return async () => (await tell(task, wordsOf(message), languageOf(text))).text;
    },
  };
}

const wordsOf = ({ key, sender, text, files }: InboundMessage): Words => ({
  key,
  sender,
  text,
  ...(files ? { files } : {}),
});
