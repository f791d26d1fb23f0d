// Speaks to an MCP server over its stdin and stdout, a line a message. The server is the head of a process group that dies as a whole;
// what it may say in a while, and in one line, is bounded.

import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../core/clock.ts";
import type { GroupOptions, ProcessGroup, StartGroup } from "../../lib/process-group.ts";

export interface StdioParts {
  readonly start: StartGroup;
  readonly program: Omit<GroupOptions, "timers">;
  readonly clock: Clock;
}

const LINE_BYTES_MAX = 4 * 1024 * 1024;
const WHILE_MS = 10_000;
const BYTES_PER_WHILE_MAX = 32 * 1024 * 1024;
const MESSAGES_PER_WHILE_MAX = 5_000;
const BAD_LINES_MAX = 100;
const WAITING_BYTES_MAX = 8 * 1024 * 1024;
/** To end by itself once its stdin is closed. */
const CLOSE_MS = 300;
const COMPLAINT_CHARS_MAX = 500;

export class StdioTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;

  readonly #parts: StdioParts;
  readonly #lines = new ReadBuffer({ maxBufferSize: LINE_BYTES_MAX });
  #group: ProcessGroup | undefined;
  #complaint = "";
  #reason = "";
  #whileBegan = 0;
  #bytes = 0;
  #messages = 0;
  #badLines = 0;

  constructor(parts: StdioParts) {
    this.#parts = parts;
  }

  /** Why it ended, as far as that is known; what it said last on stderr. */
  get reason(): string {
    return this.#reason || this.#complaint.trim();
  }

  async start(): Promise<void> {
    const { start, program, clock } = this.#parts;
    const group = start({ ...program, timers: clock });
    this.#group = group;
    group.stdout.on("data", (piece: Buffer) => this.#heard(piece));
    group.stderr.on("data", (piece: Buffer) => {
      this.#complaint = (this.#complaint + piece.toString("utf8")).slice(-COMPLAINT_CHARS_MAX);
    });
    void group.ended.then(({ failure, exitCode }) => {
      if (failure !== undefined) this.#reason ||= `it could not be started (${failure})`;
      this.#reason ||= exitCode === undefined ? "" : `it ended with exit code ${exitCode}: ${this.#complaint.trim()}`;
      this.onclose?.();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const group = this.#group;
    if (!group?.stdin.writable) throw new Error("the server is not running");
    // A server that does not read must not make us keep what it does not read.
    if (group.stdin.writableLength > WAITING_BYTES_MAX) throw new Error("the server does not read what it is sent");
    group.stdin.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    group.stdin.end();
    const cancel = this.#parts.clock.after(CLOSE_MS, group.kill);
    await group.ended;
    cancel();
  }

  #end(reason: string): void {
    this.#reason ||= reason;
    this.#group?.stdout.destroy();
    this.#group?.kill();
  }

  #heard(piece: Buffer): void {
    this.#count(piece.length);
    if (this.#reason !== "") return;
    try {
      this.#lines.append(piece);
    } catch {
      this.#end(`it wrote a line of over ${LINE_BYTES_MAX / 1024 / 1024} MB`);
      return;
    }
    while (this.#next());
  }

  #next(): boolean {
    if (this.#reason !== "") return false;
    try {
      const message = this.#lines.readMessage();
      if (message === null) return false;
      this.#messages += 1;
      if (this.#messages > MESSAGES_PER_WHILE_MAX) this.#end("it sends messages without end");
      else this.onmessage?.(message);
    } catch {
      this.#badLines += 1;
      if (this.#badLines > BAD_LINES_MAX) this.#end("it writes what is no message");
    }
    return true;
  }

  #count(bytes: number): void {
    const now = this.#parts.clock.now();
    if (now - this.#whileBegan > WHILE_MS) {
      this.#whileBegan = now;
      this.#bytes = 0;
      this.#messages = 0;
    }
    this.#bytes += bytes;
    if (this.#bytes > BYTES_PER_WHILE_MAX) this.#end("it writes without end");
  }
}
