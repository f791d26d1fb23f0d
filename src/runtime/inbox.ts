// Step 1 of the road: a message is stored with its dedupe key and its place in the line; only then may it be acknowledged.
// Knows no platform: channels hand in what they have verified and normalised.

import type { Inbox } from "../core/channel.ts";
import type { Clock, Ids } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { AcceptResult, AmendResult, InboundMessage, StoredMessage, WithdrawResult } from "../core/message.ts";
import type { Meter } from "../core/meter.ts";
import type { SessionEngine } from "../core/session-engine.ts";
import type { Store } from "../core/store.ts";
import { languageOf, userText } from "../core/user-text.ts";
import { inTwoTurns } from "../lib/in-two-turns.ts";
import type { AgentMentions } from "./agent-mentions.ts";
import type { Commands } from "./commands.ts";
import type { LiveBoard } from "./live.ts";
import type { Outbox } from "./outbox.ts";
import { callKeys, type Steering } from "./steering.ts";

export interface InboxParts {
  readonly store: Store;
  readonly engine: SessionEngine;
  readonly outbox: Outbox;
  readonly live: LiveBoard;
  readonly commands: Commands;
  readonly mentions: AgentMentions;
  readonly steering: Pick<Steering, "find">;
  readonly agents: () => ReadonlyMap<string, unknown>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly waitingPerSession: number;
  /** Stops a running task. */
  readonly cancel: (task: string) => Promise<unknown>;
}

const QUOTED_CHARS_MAX = 2_000;
const DEFAULT_AGENT = "main";

export function createInbox(parts: InboxParts): Inbox {
  const { store, engine, outbox, live, clock, ids, log, meter } = parts;

  /** Somebody asked for an agent by name, from the command line or the API: another one must not answer in its place. */
  function checkAgent({ agent = DEFAULT_AGENT }: InboundMessage): void {
    const names = [DEFAULT_AGENT, ...parts.agents().keys()];
    if (!names.includes(agent))
      throw new AppError("bad-input", `there is no agent ${agent}; there are ${names.join(", ")}`);
  }

  async function accept(message: InboundMessage, seen?: (result: AcceptResult) => void): Promise<AcceptResult> {
    checkAgent(message);
    const show = onceForShow(seen);
    const answer = await answerToCommand(message);
    const storing = store.accept(message, {
      messageId: ids.next("msg"),
      taskId: ids.next("task"),
      traceId: ids.next("trace"),
      now: clock.now(),
      waitingMax: parts.waitingPerSession,
      fullText: userText("lineFull", languageOf(message.text), parts.waitingPerSession),
      isPushed: outbox.isPushed(message.channel),
      ...(answer === undefined ? {} : { answer }),
      // When the request to the model is out, which is made at the commit as well.
      committed: (result) => inTwoTurns(() => show(result)),
    });
    // The claim stands behind the message in the same commit.
    engine.wake(message.session, message.kind ?? "chat-turn");
    const result = await storing;
    show(result);
    const { session, id } = result.message;
    meter.messageIn(message.channel, result.status);
    log.info("message", {
      session,
      message: id,
      status: result.status,
      seq: result.message.seq,
      sender: message.sender.id,
    });
    // What was said at once about the message.
    if (result.status === "answered" || result.status === "full") outbox.wake(session);
    return result;
  }

  /**
   * A command acts first and is stored together with its answer: one that a crash interrupts in between was not acknowledged,
   * comes again, and does the same thing again. One that is stored already only needs its key to be recognised.
   */
  async function answerToCommand(message: InboundMessage): Promise<string | undefined> {
    const command =
      parts.commands.find(message) ?? parts.mentions.find(message) ?? (await parts.steering.find(message));
    if (!command || (await store.messageOf(message.key))) return undefined;
    return command();
  }

  async function amend(key: string, text: string): Promise<AmendResult> {
    const before = await store.messageOf(key);
    if (!before) return "unknown";
    const note = `${before.sender.name} changed an earlier message. It now reads: ${text.slice(0, QUOTED_CHARS_MAX)}`;
    const result = await store.amend(key, text, note, clock.now());
    log.info("message changed", { session: before.session, message: before.id, result });
    // What it called works on what it says now.
    for (const called of before.task === "" ? callKeys(key) : []) await amend(called, text);
    return result;
  }

  async function withdraw(key: string): Promise<WithdrawResult> {
    const message = await store.messageOf(key);
    if (!message) return "unknown";
    const quoted = message.text.slice(0, QUOTED_CHARS_MAX);
    const note = `${message.sender.name} took back this message, so it asks for nothing any more: ${quoted}`;
    const { status, task } = await store.withdraw(key, note, clock.now());
    if (task !== undefined) await parts.cancel(task);
    log.info("message taken back", { session: message.session, message: message.id, result: status });
    live.changed(message.session);
    // Those behind it may be next.
    if (status === "withdrawn") engine.wake(message.session, message.kind ?? "chat-turn");
    return (await isCalledBack(message)) ? "stopping" : status;
  }

  /** What a message called stops with it, whatever else it was told. */
  async function isCalledBack({ key, task: own }: StoredMessage): Promise<boolean> {
    let isAny = false;
    for (const called of own === "" ? callKeys(key) : []) {
      const task = (await store.messageOf(called))?.task;
      if (task === undefined || (await store.task(task))?.endedAt !== null) continue;
      await withdraw(called);
      await parts.cancel(task);
      isAny = true;
    }
    return isAny;
  }

  /** What fails of it is no reason to lose a message, or the process: nobody waits for it. */
  function onceForShow(seen: ((result: AcceptResult) => void) | undefined): (result: AcceptResult) => void {
    let isCalled = false;
    return (result) => {
      if (isCalled) return;
      isCalled = true;
      try {
        seen?.(result);
      } catch (error) {
        log.warn("a message was taken and could not be shown to be", { message: result.message.id, error });
      }
    };
  }

  return { accept, amend, withdraw };
}
