// Writes lines to a stream, those of two turns of the event loop in one piece: each piece is a call to the system, and the loop waits for it.
// So what those turns send goes first. What is left when the process ends is written then.

import { inTwoTurns } from "./in-two-turns.ts";

/** More is not kept back. */
const CHARS_MAX = 65_536;

export function createLineWriter(stream: { write(text: string): unknown }): (line: string) => void {
  let waiting = "";

  function flush(): void {
    const text = waiting;
    waiting = "";
    if (text !== "") stream.write(text);
  }

  process.once("exit", flush);
  return (line) => {
    if (waiting === "") inTwoTurns(flush);
    waiting += line;
    if (waiting.length > CHARS_MAX) flush();
  };
}
