// Starts the server to be measured as a process of its own, in a temp folder of its own, and ends it by its handle.

import { type ChildProcess, fork } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MarkReport, MemoryReport, ServerAnswer, ServerPlan, Wish } from "./protocol.ts";

export interface ServerOptions extends ServerPlan {
  readonly modelUrl: string;
  /** Write a CPU profile of the process there. */
  readonly profile?: string | undefined;
  readonly isCollectable?: boolean;
}

const ANSWER_MS_MAX = 120_000;
const LEAVE_MS_MAX = 10_000;
const LOG_TAIL_CHARS = 2_000;
const CONFIG = "models: { roles: { main: [openai/bench], cheap: [openai/bench] } }\n";

export class ServerProcess implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  url = "";
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  /** One wish is open at a time. */
  #onAnswer = (_answer: ServerAnswer): void => {};

  private constructor(options: ServerOptions) {
    mkdirSync(join(this.folder, "config"));
    writeFileSync(join(this.folder, "config", "signalbox.yaml"), CONFIG);
    const log = openSync(this.#logFile, "a");
    const plan: ServerPlan = { model: options.model };
    this.#child = fork(join(import.meta.dirname, "server-child.ts"), [JSON.stringify(plan)], {
      cwd: this.folder,
      execArgv: [
        ...(options.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", options.profile]),
        ...(options.isCollectable ? ["--expose-gc"] : []),
      ],
      // Nothing of the person's own settings or keys may change what is measured.
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.folder,
        PORT: "0",
        LOG_LEVEL: "info",
        OPENAI_BASE_URL: options.modelUrl,
        NODE_COMPILE_CACHE: join(tmpdir(), "signalbox-compile-cache"),
      },
      stdio: ["ignore", log, "inherit", "ipc"],
    });
    closeSync(log);
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", (answer: ServerAnswer) => this.#onAnswer(answer));
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    try {
      const { url } = await server.#nextAnswer("to be ready");
      server.url = url ?? "";
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #logFile(): string {
    return join(this.folder, "server.log");
  }

  mark = async (): Promise<void> => void (await this.#ask("mark"));
  idle = async (): Promise<void> => void (await this.#ask("idle"));

  async report(): Promise<MarkReport> {
    const { report } = await this.#ask("report");
    if (!report) throw new Error("the server process gave no report");
    return report;
  }

  async memory(kind: "memory" | "held"): Promise<MemoryReport> {
    const { memory } = await this.#ask(kind);
    if (!memory) throw new Error("the server process told nothing of its memory");
    return memory;
  }

  /** The size of the data folder. */
  ledgerBytes(): number {
    const folder = join(this.folder, "data");
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  }

  #ask(wish: Wish): Promise<ServerAnswer> {
    const answer = this.#nextAnswer(wish);
    if (this.#child.connected) this.#child.send(wish, () => {});
    return answer;
  }

  #nextAnswer(what: string): Promise<ServerAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why} (${what})\n${this.#logTail()}`));
      const overtime = setTimeout(() => fail("the server process did not answer"), ANSWER_MS_MAX);
      this.#onAnswer = (answer) => {
        clearTimeout(overtime);
        resolve(answer);
      };
      void this.#exited.then(() => {
        clearTimeout(overtime);
        fail("the server process is gone");
      });
    });
  }

  #logTail(): string {
    return readFileSync(this.#logFile, "utf8").slice(-LOG_TAIL_CHARS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const overtime = setTimeout(() => this.#child.kill("SIGKILL"), LEAVE_MS_MAX);
    if (this.#child.connected) this.#child.send("stop" satisfies Wish, () => {});
    await this.#exited;
    clearTimeout(overtime);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
