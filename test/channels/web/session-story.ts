// A session as the runtime makes one: events in order, a draft between them, crashes. What happens in it is told step by step.

import type { Live } from "../../../src/core/live.ts";
import type { SessionEvent, SessionEventBody } from "../../../src/core/session-event.ts";
import { createLiveBoard, type LiveBoard } from "../../../src/runtime/live.ts";

export const SESSION = "web:story";

export class SessionStory {
  /** What is durable. */
  readonly events: SessionEvent[] = [];
  readonly #queued: string[] = [];
  #running: string | undefined;
  #board: LiveBoard = createLiveBoard();
  #tasks = 0;
  #isTextLeft = false;
  /** Happens while a reader waits for the ledger: it has what was committed before, and sees the draft of after. */
  meanwhile: () => void = () => {};

  get live(): Live {
    return this.#board;
  }

  get openText(): string {
    return this.#board.draft(SESSION)?.text ?? "";
  }

  /** A task was put back in the middle of a text: that stays on the page until the task begins again. */
  get isTextLeft(): boolean {
    return this.#isTextLeft;
  }

  get committedTexts(): readonly string[] {
    return this.events.flatMap(({ body }) => (body.type === "text_end" ? [body.text] : []));
  }

  eventsAfter = async (_session: string, n: number, limit: number): Promise<readonly SessionEvent[]> => {
    const found = this.events.slice(n, n + limit);
    await Promise.resolve();
    const meanwhile = this.meanwhile;
    this.meanwhile = () => {};
    meanwhile();
    return found;
  };

  message(): void {
    this.#tasks += 1;
    const taskId = `task_${this.#tasks}`;
    this.#queued.push(taskId);
    this.#tell({
      type: "message_accepted",
      messageId: `msg_${this.#tasks}`,
      taskId,
      seq: this.#tasks,
      sender: "Ann",
      senderId: "web:ann",
      text: "hi",
      position: this.#queued.length - 1,
    });
  }

  command(): void {
    this.#tell({
      type: "message_closed",
      messageId: "msg_c",
      disposition: "answered",
      text: "Nothing is running here.",
    });
  }

  /** Another message joins the work that runs. */
  join(): void {
    if (this.#running === undefined) return;
    this.#tell({ type: "message_joined", taskId: this.#running, messageId: "msg_j" });
  }

  start(): void {
    if (this.#running !== undefined) return;
    const taskId = this.#queued.shift();
    if (taskId === undefined) return;
    this.#running = taskId;
    this.#isTextLeft = false;
    this.#tell({ type: "execution_start", taskId, messageIds: [], attempt: 1 });
    this.#open(taskId);
  }

  write(text: string): void {
    if (this.#running !== undefined) this.#board.write(SESSION, this.#running, text);
  }

  /** A try broke off and the next one says something else. */
  startTextAnew(): void {
    const taskId = this.#running;
    if (taskId === undefined) return;
    this.#board.close(SESSION, taskId);
    this.#tell({ type: "text_reset", taskId });
    this.#open(taskId);
  }

  /** A reply is complete, and asks for this many calls. */
  reply(calls: number): void {
    const taskId = this.#running;
    if (taskId === undefined) return;
    this.#commitText(taskId);
    for (let call = 0; call < calls; call += 1) {
      this.#tell({ type: "tool_start", taskId, callId: `call_${call}`, name: "look", arguments: "{}" });
    }
    for (let call = 0; call < calls; call += 1) {
      this.#tell({ type: "tool_end", taskId, callId: `call_${call}`, name: "look", status: "ok", summary: "seen" });
    }
    this.#open(taskId);
  }

  answer(): void {
    const taskId = this.#running;
    if (taskId === undefined) return;
    this.#commitText(taskId);
    this.#end(taskId, "done");
    this.#running = undefined;
  }

  /** The task ends in the middle of a text. */
  end(state: "failed" | "cancelled"): void {
    const taskId = this.#running;
    if (taskId === undefined) return;
    this.#board.close(SESSION, taskId);
    this.#end(taskId, state);
    this.#running = undefined;
  }

  /** Somebody stops a task that waits in the line. */
  stopWaiting(): void {
    const taskId = this.#queued.pop();
    if (taskId !== undefined) this.#end(taskId, "cancelled");
  }

  putBack(): void {
    const taskId = this.#running;
    if (taskId === undefined) return;
    this.#board.close(SESSION, taskId);
    this.#queued.unshift(taskId);
    this.#running = undefined;
    this.#isTextLeft = true;
  }

  /** kill -9 and a new process: the draft is lost. */
  crash(): void {
    if (this.#running !== undefined) {
      this.#queued.unshift(this.#running);
      this.#isTextLeft = true;
    }
    this.#running = undefined;
    this.#board = createLiveBoard();
  }

  #commitText(taskId: string): void {
    const text = this.openText;
    this.#board.close(SESSION, taskId);
    if (text !== "") this.#tell({ type: "text_end", taskId, text });
  }

  #end(taskId: string, state: "done" | "failed" | "cancelled"): void {
    this.#tell({
      type: "execution_complete",
      taskId,
      messageIds: [],
      state,
      cancelled: state === "cancelled",
      text: "",
    });
  }

  #open(taskId: string): void {
    this.#board.open(SESSION, taskId, this.events.length);
  }

  #tell(body: SessionEventBody): void {
    this.events.push({ session: SESSION, n: this.events.length + 1, at: 0, body });
    this.#board.changed(SESSION);
  }
}
