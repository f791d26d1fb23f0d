// `signalbox run`: one task from a message to its end. The answer goes to stdout and nothing else does; how it goes is told on
// stderr. Ctrl-C stops the task and waits for its end a little; the second Ctrl-C leaves at once.

import type { Clock } from "../../core/clock.ts";
import { fitWidth, terminalLine, terminalText } from "../../lib/terminal-text.ts";
import { fileLine, type Outcome, outcomeOf, toolEndLine, toolStartLine } from "./outcome.ts";
import { columnsOf, createStyle, type Output } from "./output.ts";
import { ServerRefusal } from "./server-request.ts";
import type { SessionClient } from "./session-client.ts";
import { createStatusLine, noStatusLine } from "./status-line.ts";
import type { WireEvent } from "./wire-event.ts";

export interface RunParts {
  /** Of a session of its own, that nobody has used before. */
  readonly client: SessionClient;
  readonly clock: Clock;
  readonly out: Output;
  readonly err: Output;
  readonly color: boolean;
  /** Calls at each Ctrl-C; the returned function ends it. */
  readonly interrupts: (listener: () => void) => () => void;
}

export interface RunOptions {
  readonly text: string;
  readonly agent?: string;
  /** One JSON object on stdout instead of the answer. */
  readonly json?: boolean;
}

interface Result extends Outcome {
  readonly taskId: string | null;
}

const EXIT = { done: 0, failed: 1, cancelled: 130 } as const;
/** After a first Ctrl-C the task has this long to end by itself. */
const STOP_MS_MAX = 5000;
/** A server that cannot be reached for this long is not waited for any more. */
const PATIENCE_MS = 60_000;
const STOPPED = "Stopped.";

/** Resolves with the exit code; never rejects for what the server or the network did. */
export async function runTask(parts: RunParts, options: RunOptions): Promise<number> {
  const { client, clock, interrupts } = parts;
  const progress = createProgress(parts);
  const leaving = new AbortController();
  const left = Promise.withResolvers<Result>();
  let taskId: string | null = null;
  let presses = 0;
  let loseTime = (): void => {};
  let losePatience: (() => void) | undefined;

  const leave = (result: Omit<Result, "taskId">): void => left.resolve({ ...result, taskId });
  const trouble = (): void => {
    if (losePatience) return;
    progress.note("the server cannot be reached, trying again");
    const text = "The server could not be reached.";
    losePatience = clock.after(PATIENCE_MS, () => leave({ state: "failed", text, error: "unreachable" }));
  };
  const relief = (): void => {
    losePatience?.();
    losePatience = undefined;
  };
  const stopListening = interrupts(() => {
    presses += 1;
    if (presses > 1) leave({ state: "cancelled", text: STOPPED });
    if (presses !== 1) return;
    progress.note("stopping, Ctrl-C again leaves at once");
    loseTime = clock.after(STOP_MS_MAX, () => leave({ state: "cancelled", text: STOPPED }));
    if (taskId !== null) void client.cancel(taskId);
  });

  async function work(): Promise<Result> {
    const { signal } = leaving;
    const headers = {
      "signalbox-kind": "cli",
      ...(options.agent === undefined ? {} : { "signalbox-agent": options.agent }),
    };
    const receipt = await client.post(options.text, { signal, headers, onTrouble: trouble });
    relief();
    taskId = receipt.taskId === "" ? null : receipt.taskId;
    if (receipt.status === "full") return { taskId, state: "failed", text: receipt.error, error: "refused" };
    if (receipt.status === "answered") return { taskId, state: "done", text: receipt.text };
    if (presses > 0 && taskId !== null) void client.cancel(taskId);
    if (receipt.position > 0) progress.note(`queued, ${receipt.position} before this one`);
    const onLine = (state: "open" | "broken"): void => (state === "open" ? relief() : trouble());
    for await (const { event } of client.events({ from: "start", signal, onLine })) {
      progress.show(event);
      const outcome = outcomeOf(receipt.id, event);
      if (outcome) return { taskId, ...outcome };
    }
    return { taskId, state: "cancelled", text: STOPPED };
  }

  try {
    const result = await Promise.race([work(), left.promise]);
    progress.end(result);
    report(parts, options, result);
    return EXIT[result.state];
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    const result: Result = { taskId, state: "failed", text: error.message, error: "refused" };
    progress.end(result);
    report(parts, options, result);
    return EXIT.failed;
  } finally {
    stopListening();
    relief();
    loseTime();
    leaving.abort();
  }
}

function report({ out, err, color }: RunParts, { json }: RunOptions, { taskId, state, text, error }: Result): void {
  if (json) {
    out.write(`${JSON.stringify({ taskId, state, text, ...(error === undefined ? {} : { error }) })}\n`);
  } else if (state === "done") {
    // Into a file or a pipe goes the answer as it is; a terminal would obey what is hidden in it.
    const answer = out.isTTY ? terminalText(text) : text;
    out.write(answer.endsWith("\n") ? answer : `${answer}\n`);
  } else {
    err.write(`${createStyle(color).bad(terminalText(text))}\n`);
  }
}

interface Progress {
  show(event: WireEvent): void;
  note(words: string): void;
  end(result: Result): void;
}

function createProgress({ err, clock, color }: RunParts): Progress {
  const began = clock.now();
  const style = createStyle(color && err.isTTY === true);
  const status = err.isTTY ? createStatusLine(err, clock, style) : noStatusLine;
  const running = new Map<string, string>();
  let words = "sending";
  const show = (next: string): void => {
    words = next;
    status.show(words);
  };
  const line = (text: string): void => {
    status.clear();
    err.write(`${style.dim(err.isTTY ? fitWidth(text, columnsOf(err)) : text)}\n`);
    if (words !== "") status.show(words);
  };
  show(words);
  return {
    note: line,
    show(event) {
      switch (event.type) {
        case "execution_start":
          if (event.attempt > 1) line("taken up again after a break");
          show("working");
          break;
        case "text_delta":
          show("writing");
          break;
        case "tool_start":
          running.set(event.callId, event.name);
          show(toolStartLine(event.name, event.arguments));
          break;
        case "tool_end":
          running.delete(event.callId);
          line(toolEndLine(event.name, event.status, event.summary));
          show(running.size > 0 ? terminalLine([...running.values()].join(", ")) : "working");
          break;
        case "file_sent":
          line(fileLine(event));
          break;
        default:
      }
    },
    end({ state }) {
      words = "";
      const how = { done: "done", failed: "failed", cancelled: "stopped" }[state];
      line(`${how} after ${Math.round((clock.now() - began) / 1000)} s`);
    },
  };
}
