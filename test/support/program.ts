// The program as a process of its own, in a folder of its own, with nothing of this machine's settings.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

const CLI = resolve(import.meta.dirname, "../../src/cli.ts");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type LogLine = Readonly<Record<string, unknown>>;

export class Running {
  readonly ended: Promise<Ended>;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stderr = "";
  #isOver = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error("a program without its output");
    createInterface({ input: stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const look of this.#waiting) look();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((done, fail) => {
      child.once("error", fail);
      child.once("close", (code, signal) => {
        this.#isOver = true;
        for (const look of this.#waiting) look();
        done({ code, signal, stdout: this.lines.map((line) => `${line}\n`).join(""), stderr: this.#stderr });
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The next log line of this event; fails if the program ends before. */
  logged(event: string, count = 1): Promise<LogLine> {
    return new Promise((done, fail) => {
      const look = (): void => {
        const found = this.lines.flatMap(parsed).filter((line) => line.msg === event)[count - 1];
        if (found) done(found);
        else if (this.#isOver) fail(new Error(`it ended before "${event}": ${this.#stderr || this.lines.join("\n")}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Where it serves, once it does. */
  async url(): Promise<string> {
    return String((await this.logged("ready")).url);
  }
}

function parsed(line: string): readonly LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    return [];
  }
}

/** Neither is tested, so a start is quicker, and so is a doctor: for tests that are about neither. */
const LEAN = "sandbox: none\nbrowse: { engine: http }\n";

export class Machine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "signalbox-cli-"));
  readonly #running: Running[] = [];

  /** Without sandbox and browser; `settings` are further lines of its configuration. */
  static lean(settings = ""): Machine {
    const machine = new Machine();
    machine.write("config/signalbox.yaml", `${LEAN}${settings}\n`);
    return machine;
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: this.folder,
      env: { PATH, HOME, PORT: "0", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const running = new Running(child);
    this.#running.push(running);
    return running;
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, environment).ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.kill("SIGKILL");
    await Promise.all(this.#running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
