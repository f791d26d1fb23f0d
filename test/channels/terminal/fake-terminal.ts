// A person's terminal or pipe in this process: what is typed goes in, what is written is kept, Ctrl-C can be pressed.

import { PassThrough } from "node:stream";

export class FakeOutput extends PassThrough {
  readonly isTTY: boolean;
  readonly columns = 60;
  written = "";

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.setEncoding("utf8");
    this.on("data", (text: string) => {
      this.written += text;
    });
  }

  /** What stands there, as far as one can tell without moving the cursor upwards. */
  get shown(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the styles and movements of the terminal
    const plain = this.written.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, (sequence) =>
      sequence === "\u001b[1G" ? "\r" : "",
    );
    return plain
      .replace(/\r\n/g, "\n")
      .split("\n")
      .map((line) => line.slice(line.lastIndexOf("\r", line.length - 2) + 1).trimEnd())
      .join("\n");
  }
}

export class FakeInput extends PassThrough {
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
}

export class FakeInterrupts {
  readonly #listeners = new Set<() => void>();

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  press(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}
