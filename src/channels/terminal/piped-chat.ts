// A conversation through pipes: each line of the input is a message, the answers go to stdout in that order, and nothing else.

import { createInterface } from "node:readline";
import { terminalText } from "../../lib/terminal-text.ts";
import type { ChatParts } from "./chat-parts.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { ServerRefusal } from "./server-request.ts";

const EXIT = { done: 0, failed: 1, cancelled: 130 } as const;

/** Resolves with the exit code: 0 if all were answered, 130 if it was stopped, else 1. */
export async function runPipedChat({ client, input, out, err, interrupts }: ChatParts): Promise<number> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const opened = Promise.withResolvers<void>();
  const onLine = (state: "open" | "broken"): void => {
    if (state === "open") opened.resolve();
    else err.write("the server cannot be reached, trying again\n");
  };
  const events = client.events({ from: "now", signal, onLine });
  let next = events.next();
  let running = "";
  let presses = 0;
  const stopListening = interrupts(() => {
    presses += 1;
    if (presses > 1 || running === "") leaving.abort();
    else void client.cancel(running);
  });

  async function ask(text: string): Promise<Outcome> {
    const receipt = await client.post(text, { signal });
    if (receipt.status === "full") return { state: "failed", text: receipt.error };
    running = receipt.taskId;
    for (;;) {
      const { value, done } = await next;
      if (done) return { state: "cancelled", text: "" };
      next = events.next();
      const outcome = outcomeOf(receipt.id, value.event);
      if (outcome) return outcome;
    }
  }

  const asFailure = (error: unknown): Outcome => {
    if (error instanceof ServerRefusal) return { state: "failed", text: error.message };
    if (signal.aborted) return { state: "cancelled", text: "" };
    throw error;
  };

  let exit: number = EXIT.done;
  const show = ({ state, text }: Outcome): void => {
    exit = Math.max(exit, EXIT[state]);
    const shown = out.isTTY ? terminalText(text) : text;
    if (state === "done") out.write(shown.endsWith("\n") ? shown : `${shown}\n`);
    else if (text !== "") err.write(`${terminalText(text)}\n`);
  };

  try {
    // What is sent before the stream stands would be answered unseen.
    const hindrance = await Promise.race([opened.promise, next.then(() => undefined)]).catch(asFailure);
    if (hindrance) {
      show(hindrance);
      return exit;
    }
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, terminal: false });
    signal.addEventListener("abort", () => lines.close(), { once: true });
    for await (const line of lines) {
      const text = line.trim();
      if (text === "") continue;
      if (presses > 0) break;
      show(await ask(text).catch(asFailure));
      running = "";
    }
    return presses > 0 ? EXIT.cancelled : exit;
  } finally {
    stopListening();
    leaving.abort();
    next.catch(() => {});
  }
}
