// Chromium's debugging protocol over two pipes: JSON messages, each ended by a zero byte. When the server dies, however it dies, the
// pipes close and Chromium ends itself. Nothing listens on a port. What comes in is a page's to swell, so it is bounded.

import type { Readable, Writable } from "node:stream";

/** What playwright-core connects over. */
export interface DebuggingPipe {
  send(message: object): void;
  close(): void;
  onmessage?: (message: object) => void;
  onclose?: (reason?: string) => void;
  /** True before playwright-core fails what it still waits for. */
  isClosed(): boolean;
}

export interface PipeParts {
  readonly toBrowser: Writable;
  readonly fromBrowser: Readable;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The browser has to end: it sends more than is borne, or what nobody understands. */
  readonly onFault: () => void;
  readonly onClose: () => void;
}

const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;
const WINDOW_MS = 10_000;
const WINDOW_BYTES_MAX = 160 * 1024 * 1024;

export function createDebuggingPipe({ toBrowser, fromBrowser, now, onFault, onClose }: PipeParts): DebuggingPipe {
  let pieces: Buffer[] = [];
  let size = 0;
  let windowStart = 0;
  let windowBytes = 0;
  let isClosed = false;

  const pipe: DebuggingPipe = {
    send: (message) => {
      if (!isClosed) toBrowser.write(`${JSON.stringify(message)}\0`);
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      fromBrowser.destroy();
      toBrowser.destroy();
      pipe.onclose?.();
      onClose();
    },
    isClosed: () => isClosed,
  };

  function isFlood(bytes: number): boolean {
    if (now() - windowStart > WINDOW_MS) {
      windowStart = now();
      windowBytes = 0;
    }
    windowBytes += bytes;
    return windowBytes > WINDOW_BYTES_MAX || size > MESSAGE_BYTES_MAX;
  }

  /** What the browser says is not to be trusted either: it never throws into the server. */
  function hear(text: string): void {
    if (isClosed) return;
    try {
      pipe.onmessage?.(JSON.parse(text));
    } catch {
      onFault();
      pipe.close();
    }
  }

  fromBrowser.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(0); end !== -1 && !isClosed; end = chunk.indexOf(0, from)) {
      const text = Buffer.concat([...pieces, chunk.subarray(from, end)]).toString();
      pieces = [];
      size = 0;
      from = end + 1;
      // Each in a turn of its own: who waits for an answer has to have gone on before what comes behind it is heard.
      setImmediate(hear, text);
    }
    pieces.push(chunk.subarray(from));
    size += chunk.length - from;
    if (!isFlood(chunk.length)) return;
    onFault();
    pipe.close();
  });
  for (const stream of [toBrowser, fromBrowser]) stream.on("error", pipe.close).on("close", pipe.close);
  return pipe;
}
