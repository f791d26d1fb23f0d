// Head and tail of what a command writes: the beginning and the end are kept, the middle is counted.

import type { CapturedOutput } from "./sandbox.ts";

const REPLACEMENT = "\ufffd";

export class OutputCapture {
  readonly #headMax: number;
  readonly #tailMax: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #leftOut = 0;

  constructor(bytesMax: number) {
    this.#headMax = Math.ceil(bytesMax / 2);
    this.#tailMax = Math.floor(bytesMax / 2);
  }

  add(piece: Buffer): void {
    const room = this.#headMax - this.#headBytes;
    if (room > 0) {
      const first = piece.subarray(0, room);
      this.#head.push(first);
      this.#headBytes += first.length;
    }
    const rest = piece.subarray(Math.max(0, room));
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= this.#tailMax; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
      this.#leftOut += first.length;
    }
  }

  get captured(): CapturedOutput {
    const tail = Buffer.concat(this.#tail);
    const shown = tail.subarray(Math.max(0, tail.length - this.#tailMax));
    const bytesLeftOut = this.#leftOut + tail.length - shown.length;
    const head = Buffer.concat(this.#head);
    if (bytesLeftOut === 0) return { text: Buffer.concat([head, shown]).toString("utf8"), bytesLeftOut };
    return { text: `${whole(head)}\n[... ${bytesLeftOut} bytes left out ...]\n${whole(shown)}`, bytesLeftOut };
  }
}

/** A character that was cut in two is left out at either end. */
const whole = (bytes: Buffer): string => {
  const text = bytes.toString("utf8");
  const start = text.startsWith(REPLACEMENT) ? text.search(/[^\ufffd]/) : 0;
  return text.slice(Math.max(0, start), text.endsWith(REPLACEMENT) ? -1 : undefined);
};
