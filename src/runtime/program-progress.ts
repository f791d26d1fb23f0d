// Shows what a program does while it does it, and commits it in pieces: its words as replies, its tools as calls of them. So a crash
// costs at most a second of it. Bounded: what goes beyond is neither shown nor kept.

import { safeSlice } from "../context/view.ts";
import type { Clock, Ids } from "../core/clock.ts";
import { NO_USAGE } from "../core/model.ts";
import type { CallResult, CallStep } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { ClaimedTask } from "../core/task.ts";
import type { LiveBoard } from "./live.ts";
import type { Told } from "./program-progress-line.ts";

export interface ProgramProgress {
  /** From here on words are shown. */
  open(): Promise<void>;
  take(told: readonly Told[]): void;
  /** Commits what is not committed yet; rejects if that, or an earlier piece, could not be stored. */
  flush(): Promise<void>;
  /** All words that were shown. */
  readonly said: string;
}

export interface ProgramProgressParts {
  readonly store: Pick<Store, "appendReply" | "finishCalls" | "lastEvent">;
  readonly live: LiveBoard;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly claimed: Pick<ClaimedTask, "task" | "fence">;
  /** Who speaks: what stands in place of a model. */
  readonly speaker: string;
  /** A piece could not be stored. */
  readonly onFailure: (error: unknown) => void;
}

const PIECE_MS = 1_000;
const PIECE_CHARS = 8_000;
const SHOWN_CHARS_MAX = 100_000;
const TOOLS_SHOWN_MAX = 300;
const NAME_CHARS_MAX = 60;
/** The call may be shown to a model later, and vendors refuse a whole request for a name of other signs. */
const toolNameFrom = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, NAME_CHARS_MAX);

export function createProgramProgress(parts: ProgramProgressParts): ProgramProgress {
  const { store, live, clock, ids, claimed, speaker, onFailure } = parts;
  const { task, fence } = claimed;
  let said = "";
  let pending = "";
  let tools = 0;
  let begun: CallStep[] = [];
  /** Calls that are not over; `n` once they are committed. */
  const open = new Map<string, { n?: number; result?: CallResult }>();
  /** By the program's own name of a call. */
  const ours = new Map<string, string>();
  let isDue = false;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function say(text: string): void {
    const piece = safeSlice(text, SHOWN_CHARS_MAX - said.length);
    said += piece;
    pending += piece;
    live.write(task.session, task.id, piece);
  }

  function takeOne(told: Told): void {
    switch (told.kind) {
      case "output":
        say(told.text);
        return;
      case "message":
        say(`${told.text.trimEnd()}\n\n`);
        return;
      case "tool-start": {
        if (tools >= TOOLS_SHOWN_MAX) return;
        tools += 1;
        const id = ids.next("call");
        begun.push({ kind: "call", id, name: toolNameFrom(told.name), arguments: told.arguments });
        open.set(id, {});
        ours.set(told.id, id);
        return;
      }
      case "tool-end": {
        const call = open.get(ours.get(told.id) ?? "");
        if (call) call.result ??= { status: told.isError ? "error" : "ok", text: told.text };
        return;
      }
      default:
    }
  }

  async function commit(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    isDue = false;
    const [text, calls] = [pending, begun];
    if (text === "" && calls.length === 0 && ![...open.values()].some(({ result }) => result)) return;
    [pending, begun] = ["", []];
    live.close(task.session, task.id);
    if (text !== "" || calls.length > 0) {
      const reply = { kind: "reply", text, model: speaker, usage: NO_USAGE } as const;
      const { numbers } = await store.appendReply(fence, { reply, calls }, clock.now());
      for (const [place, { id }] of calls.entries()) {
        const call = open.get(id);
        const n = numbers[place + 1];
        if (call && n !== undefined) call.n = n;
      }
    }
    const over = [...open].flatMap(([id, { n, result }]) => (n !== undefined && result ? [{ id, n, result }] : []));
    for (const { id } of over) open.delete(id);
    if (over.length > 0) await store.finishCalls(fence, over, [], clock.now());
    await show();
    live.changed(task.session);
  }

  /** The words that came while a piece was being committed stand after it. */
  async function show(): Promise<void> {
    live.open(task.session, task.id, await store.lastEvent(task.session));
    live.write(task.session, task.id, pending);
  }

  const commitNext = (): Promise<void> => {
    writing = writing.then(commit);
    return writing;
  };
  const commitSoon = (): void => {
    if (isDue) return;
    isDue = true;
    commitNext().catch(onFailure);
  };

  return {
    open: show,
    take: (told) => {
      for (const one of told) takeOne(one);
      if (pending.length >= PIECE_CHARS) commitSoon();
      else if (told.length > 0) cancelTimer ??= clock.after(PIECE_MS, commitSoon);
    },
    flush: commitNext,
    get said() {
      return said.trim();
    },
  };
}
