// Speaks to an MCP server over its stdin and stdout, a line a message. The server runs in a sandbox and dies with all it started; how
// many messages it may send in a while, and how long one may be, is bounded.

import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../core/clock.ts";
import type { Sandbox, SandboxProgram, StartedProgram } from "../sandbox/sandbox.ts";

export interface StdioParts {
  readonly start: Sandbox["start"];
  readonly program: SandboxProgram;
  readonly clock: Clock;
}

const LINE_BYTES_MAX = 4 * 1024 * 1024;
const WHILE_MS = 10_000;
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
  readonly #stopper = new AbortController();
  #started: StartedProgram | undefined;
  #reason = "";
  #whileBegan = 0;
  #messages = 0;
  #badLines = 0;

  constructor(parts: StdioParts) {
    this.#parts = parts;
  }

  /** Why it ended, as far as that is known; what it said last on stderr. */
  get reason(): string {
    return this.#reason || this.#complaint;
  }

  get #complaint(): string {
    const complaint = this.#started?.complaint() ?? "";
    // Of a stack the first line tells most, of anything else the last words.
    const telling = complaint.split("\n").find((line) => /^\s{0,8}(?:\w+Error|Error)\b/.test(line));
    return telling?.trim().slice(0, COMPLAINT_CHARS_MAX) ?? complaint.slice(-COMPLAINT_CHARS_MAX);
  }

  async start(): Promise<void> {
    const { start, program } = this.#parts;
    const started = await start(program, this.#stopper.signal);
    this.#started = started;
    started.stdout.on("data", (piece: Buffer) => this.#heard(piece));
    void started.ended.then(({ failure, exitCode }) => {
      this.#reason ||=
        failure ?? (exitCode === undefined ? "" : `it ended with exit code ${exitCode}: ${this.#complaint}`);
      this.onclose?.();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { stdin } = this.#started ?? {};
    if (!stdin?.writable) throw new Error("the server is not running");
    // A server that does not read must not make us keep what it does not read.
    if (stdin.writableLength > WAITING_BYTES_MAX) throw new Error("the server does not read what it is sent");
    stdin.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    const started = this.#started;
    if (!started) {
      this.#stopper.abort(new Error("it was stopped before it began"));
      return;
    }
    started.stdin.end();
    const cancel = this.#parts.clock.after(CLOSE_MS, started.kill);
    await started.ended;
    cancel();
  }

  #end(reason: string): void {
    this.#reason ||= reason;
    this.#started?.stdout.destroy();
    this.#started?.kill();
  }

  #heard(piece: Buffer): void {
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
      if (this.#count() > MESSAGES_PER_WHILE_MAX) this.#end("it sends messages without end");
      else this.onmessage?.(message);
    } catch {
      this.#badLines += 1;
      if (this.#badLines > BAD_LINES_MAX) this.#end("it writes what is no message");
    }
    return true;
  }

  /** How many there were in this while. */
  #count(): number {
    const now = this.#parts.clock.now();
    if (now - this.#whileBegan > WHILE_MS) {
      this.#whileBegan = now;
      this.#messages = 0;
    }
    this.#messages += 1;
    return this.#messages;
  }
}
