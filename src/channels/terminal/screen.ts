// One terminal shared by an answer that is being written and a person who types. While something is written the prompt is
// away; at the first key it comes back and the writing waits, until the line is sent or empty again.

import { clearScreenDown, createInterface, cursorTo, type Interface, type Key } from "node:readline";
import { Writable } from "node:stream";
import type { StatusLine } from "./status-line.ts";

export interface ScreenParts {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  readonly status: StatusLine;
  /** Escape sequences beyond what editing a line needs: asks the terminal to mark what is pasted. */
  readonly marksPaste: boolean;
  readonly onMessage: (text: string) => void;
  /** Ctrl-C; `typed` is what stood on the line. */
  readonly onInterrupt: (typed: string) => void;
  /** Ctrl-D on an empty line, or the input's end. */
  readonly onEnd: () => void;
}

const PROMPT = "› ";
const HELD_CHARS_MAX = 1_000_000;

export class Screen {
  readonly #parts: ScreenParts;
  readonly #lines: Interface;
  #isBusy = false;
  #isPrompting = false;
  #isClosed = false;
  #isInputOver = false;
  #isPasting = false;
  #pasted: string[] = [];
  /** Written while the person types. */
  #held = "";
  #statusWords = "";
  /** The unfinished line that stands before the cursor, while the prompt is away. */
  #line = "";

  constructor(parts: ScreenParts) {
    this.#parts = parts;
    const echo = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        // What is typed while the prompt is away is shown with the prompt, not in the middle of an answer.
        if (this.#isPrompting) parts.output.write(chunk);
        done();
      },
    });
    Object.defineProperty(echo, "columns", { get: () => parts.output.columns });
    this.#lines = createInterface({ input: parts.input, output: echo, terminal: true, prompt: PROMPT });
    if (parts.marksPaste) parts.output.write("\u001b[?2004h");
    this.#lines.on("line", (line) => this.#onLine(line));
    this.#lines.on("SIGINT", () => {
      const typed = this.#lines.line;
      this.clearTyped();
      parts.onInterrupt(typed);
    });
    this.#lines.on("close", () => {
      this.#isInputOver = true;
      if (!this.#isClosed) parts.onEnd();
    });
    parts.input.on("keypress", this.#onKey);
    this.#showPrompt();
  }

  /** Text of the conversation: as it comes, in pieces of any size. */
  write(text: string): void {
    if (this.#isTyping()) {
      this.#held = (this.#held + text).slice(-HELD_CHARS_MAX);
      return;
    }
    this.#hidePrompt();
    this.#put(text);
    if (!this.#isBusy && this.#line === "") this.#showPrompt();
    this.#refreshStatus();
  }

  /** A line of its own. */
  writeLine(text: string): void {
    const before = this.#line + this.#held;
    this.write(`${before === "" || before.endsWith("\n") ? "" : "\n"}${text}\n`);
  }

  /** What goes on while nothing is written; empty for nothing. Shown only while busy and nobody types. */
  setStatus(words: string): void {
    this.#statusWords = words;
    this.#refreshStatus();
  }

  /** While busy the prompt is away unless somebody types. */
  setBusy(isBusy: boolean): void {
    if (this.#isBusy === isBusy || this.#isClosed) return;
    this.#isBusy = isBusy;
    if (this.#isTyping()) return;
    if (isBusy) this.#hidePrompt();
    else {
      if (this.#line !== "") this.#put("\n");
      this.#showPrompt();
    }
    this.#refreshStatus();
  }

  /** Takes back what was typed. */
  clearTyped(): void {
    this.#pasted = [];
    if (this.#lines.line === "") return;
    this.#lines.write(null, { ctrl: true, name: "e" });
    this.#lines.write(null, { ctrl: true, name: "u" });
    if (this.#isBusy) this.#resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.status.clear();
    const { input, output, marksPaste } = this.#parts;
    input.off("keypress", this.#onKey);
    if (this.#held !== "") this.#resume();
    else if (this.#isPrompting) output.write("\n");
    this.#isPrompting = false;
    if (marksPaste) output.write("\u001b[?2004l");
    this.#lines.close();
  }

  #onKey = (_text: string | undefined, key: Key): void => {
    if (key.name === "paste-start") this.#isPasting = true;
    if (key.name === "paste-end") this.#isPasting = false;
    if (this.#isClosed) return;
    if (!this.#isPrompting && this.#lines.line !== "") {
      if (this.#line !== "") this.#parts.output.write("\n");
      this.#showPrompt();
    } else if (this.#isPrompting && !this.#isTyping() && (this.#isBusy || this.#held !== "")) this.#resume();
  };

  #onLine(line: string): void {
    // Enter on nothing, while the prompt is away.
    if (!this.#isPrompting) return;
    this.#isPrompting = false;
    if (this.#isPasting) {
      this.#pasted.push(line);
      this.#showPrompt();
      return;
    }
    const text = [...this.#pasted, line].join("\n").trim();
    this.#pasted = [];
    if (text !== "") this.#parts.onMessage(text);
    if (this.#isClosed) return;
    if (this.#held !== "" || this.#isBusy) this.#resume();
    else this.#showPrompt();
  }

  #isTyping(): boolean {
    return this.#isPrompting && (this.#lines.line !== "" || this.#pasted.length > 0);
  }

  #refreshStatus(): void {
    const isFree = this.#isBusy && !this.#isPrompting && this.#line === "" && !this.#isClosed;
    if (isFree && this.#statusWords !== "") this.#parts.status.show(this.#statusWords);
    else this.#parts.status.clear();
  }

  #put(text: string): void {
    this.#parts.status.clear();
    this.#parts.output.write(text);
    const last = text.lastIndexOf("\n");
    this.#line = last < 0 ? this.#line + text : text.slice(last + 1);
  }

  /** The prompt goes, and what waited is written on; a line that was cut by the typing is begun again. */
  #resume(): void {
    this.#hidePrompt();
    const begun = this.#line;
    const held = this.#held;
    this.#line = "";
    this.#held = "";
    if (begun + held !== "") this.#put(begun + held);
    if (!this.#isBusy && !this.#isClosed) {
      if (this.#line !== "") this.#put("\n");
      this.#showPrompt();
    }
    this.#refreshStatus();
  }

  #showPrompt(): void {
    if (this.#isClosed || this.#isInputOver) return;
    this.#parts.status.clear();
    this.#isPrompting = true;
    this.#lines.prompt(true);
  }

  #hidePrompt(): void {
    if (!this.#isPrompting) return;
    const { output } = this.#parts;
    const rows = this.#lines.getCursorPos().rows;
    if (rows > 0) output.write(`\u001b[${rows}A`);
    cursorTo(output, 0);
    clearScreenDown(output);
    this.#isPrompting = false;
  }
}
