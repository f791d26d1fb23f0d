// `signalbox chat`: a conversation in the terminal. Answers are written as they come, what is typed meanwhile is queued by the
// server, Ctrl-C stops what runs, a second one leaves. Through pipes it is piped-chat.ts.

import { terminalText } from "../../lib/terminal-text.ts";
import { createAnswerWriter } from "./answer-writer.ts";
import { createApprovalPrompt } from "./approval-prompt.ts";
import type { ChatParts } from "./chat-parts.ts";
import { readHistory } from "./history.ts";
import { createStyle } from "./output.ts";
import { runPipedChat } from "./piped-chat.ts";
import { Screen } from "./screen.ts";
import { ServerRefusal } from "./server-request.ts";
import { createStatusLine } from "./status-line.ts";
import type { WireEvent } from "./wire-event.ts";

const WELCOME = [
  "Ctrl-C stops an answer, Ctrl-D leaves. What you write while an answer runs waits its turn.",
  "/help lists the commands, /history shows what was said here before.",
];
/** A shorter break, of a server that restarts, is not worth a word. */
const BREAK_MS_MAX = 2000;

/** Resolves with the exit code when the person leaves; never rejects for what the server or the network did. */
export function runChat(parts: ChatParts): Promise<number> {
  return parts.input.isTTY && parts.out.isTTY ? runInteractiveChat(parts) : runPipedChat(parts);
}

async function runInteractiveChat(parts: ChatParts): Promise<number> {
  const { client, clock, input, out, color, bookmark } = parts;
  const style = createStyle(color);
  const leaving = new AbortController();
  const { signal } = leaving;
  const left = Promise.withResolvers<number>();
  /** Typed here and not seen in the stream yet. */
  const typed: string[] = [];
  /** Tasks that are not over, in the order of the line; the running one is first. */
  const open = new Set<string>();
  const taskOf = new Map<string, string>();
  const approvals = createApprovalPrompt();
  let sending: Promise<void> = Promise.resolve();
  let presses = 0;
  let isEnding = false;
  let isTroubled = false;
  let cancelBreak = (): void => {};

  for (const line of WELCOME) out.write(`${style.dim(line)}\n`);
  const screen = new Screen({
    input,
    output: out,
    status: createStatusLine(out, clock, style),
    marksPaste: color,
    onMessage,
    onInterrupt,
    onEnd() {
      isEnding = true;
      refresh();
    },
  });
  const stopListening = parts.interrupts(() => onInterrupt(""));
  const showEvent = createAnswerWriter({
    ...{ paper: screen, style, isTypedHere: takeTyped },
    ...(parts.server === undefined ? {} : { server: parts.server }),
  });

  function takeTyped(text: string): boolean {
    const index = typed.indexOf(text);
    if (index >= 0) typed.splice(index, 1);
    return index >= 0;
  }

  function refresh(): void {
    const isBusy = typed.length > 0 || open.size > 0;
    screen.setBusy(isBusy);
    if (isBusy) return;
    presses = 0;
    if (isEnding) left.resolve(0);
  }

  function onMessage(text: string): void {
    if (text === "/quit" || text === "/exit") left.resolve(0);
    else if (text === "/history") void showHistory();
    else {
      const said = approvals.read(text);
      typed.push(said);
      refresh();
      sending = sending.then(() => send(said));
    }
  }

  async function send(text: string): Promise<void> {
    try {
      await client.post(text, { signal, onTrouble: () => tellTrouble("not sent yet: the server cannot be reached") });
      tellRelief();
    } catch (error) {
      if (signal.aborted) return;
      takeTyped(text);
      screen.writeLine(style.bad(error instanceof ServerRefusal ? terminalText(error.message) : String(error)));
      refresh();
    }
  }

  function onInterrupt(typedText: string): void {
    const [running] = open;
    if (typed.length === 0 && running === undefined) {
      if (typedText === "") left.resolve(0);
      return;
    }
    presses += 1;
    if (presses > 1) left.resolve(0);
    else {
      screen.writeLine(style.dim("stopping, Ctrl-C again leaves"));
      if (running !== undefined) void client.cancel(running);
    }
  }

  function tellTrouble(words: string): void {
    if (!isTroubled) screen.writeLine(style.dim(`${words}, trying again`));
    isTroubled = true;
  }

  function tellRelief(): void {
    if (isTroubled) screen.writeLine(style.dim("connected again"));
    isTroubled = false;
  }

  async function showHistory(): Promise<void> {
    for (const { who, text } of await readHistory(client, clock)) {
      screen.writeLine(who === "person" ? style.dim(`› ${terminalText(text)}`) : `${terminalText(text)}\n`);
    }
  }

  /** Keeps the line of tasks; the events themselves are written elsewhere. */
  function follow(event: WireEvent): void {
    if (event.type === "message_accepted" && event.taskId !== "") {
      open.add(event.taskId);
      taskOf.set(event.messageId, event.taskId);
    }
    if (event.type === "execution_start") open.add(event.taskId);
    const over =
      event.type === "execution_complete" ? event.messageIds : event.type === "message_joined" ? [event.messageId] : [];
    for (const messageId of over) {
      open.delete(taskOf.get(messageId) ?? "");
      taskOf.delete(messageId);
    }
    if (event.type === "execution_complete") open.delete(event.taskId);
    if (event.type === "message_joined") open.add(event.taskId);
  }

  async function listen(): Promise<void> {
    const onLine = (state: "open" | "broken"): void => {
      cancelBreak();
      if (state === "open") tellRelief();
      else cancelBreak = clock.after(BREAK_MS_MAX, () => tellTrouble("the connection to the server is lost"));
    };
    for await (const { id, event } of client.events({ from: bookmark?.after ?? "now", signal, onLine })) {
      follow(event);
      approvals.follow(event);
      showEvent(event);
      refresh();
      if (id !== undefined && open.size === 0) bookmark?.save(id);
    }
  }

  try {
    return await Promise.race([left.promise, listen().then(() => left.promise)]);
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    screen.writeLine(style.bad(terminalText(error.message)));
    return 1;
  } finally {
    leaving.abort();
    cancelBreak();
    stopListening();
    screen.close();
    await sending.catch(() => {});
  }
}
