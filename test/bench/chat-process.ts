// Starts a bot as a process of its own, in a temp folder of its own, and ends it by its handle.

import { type ChildProcess, fork } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatAnswer, ChatReport, ChatWish } from "./chat-gauge.ts";

export interface ChatProcessOptions {
  /** A file beside this one. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Write a CPU profile of the process there. */
  readonly profile?: string | undefined;
}

const ANSWER_MS_MAX = 60_000;
const LEAVE_MS_MAX = 10_000;
const LOG_TAIL_CHARS = 2_000;
const CONFIG = "models: { roles: { main: [openai/bench], cheap: [openai/bench] } }\n";

export class ChatProcess implements AsyncDisposable {
  url = "";
  readonly #folder = mkdtempSync(join(tmpdir(), "signalbox-bench-chat-"));
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  /** One wish is open at a time. */
  #onAnswer = (_answer: ChatAnswer): void => {};

  private constructor({ program, environment, profile }: ChatProcessOptions) {
    mkdirSync(join(this.#folder, "config"));
    writeFileSync(join(this.#folder, "config", "signalbox.yaml"), CONFIG);
    const log = openSync(this.#logFile, "a");
    this.#child = fork(join(import.meta.dirname, program), [], {
      cwd: this.#folder,
      execArgv: profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile],
      // Nothing of the person's own settings or keys may change what is measured.
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.#folder,
        PORT: "0",
        LOG_LEVEL: "info",
        NODE_COMPILE_CACHE: join(tmpdir(), "signalbox-compile-cache"),
        ...environment,
      },
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", (answer: ChatAnswer) => this.#onAnswer(answer));
  }

  static async start(options: ChatProcessOptions): Promise<ChatProcess> {
    const bot = new ChatProcess(options);
    try {
      bot.url = (await bot.#nextAnswer("to be ready")).url ?? "";
      return bot;
    } catch (error) {
      await bot[Symbol.asyncDispose]();
      throw error;
    }
  }

  async mark(): Promise<void> {
    await this.#ask("mark");
  }

  async report(): Promise<ChatReport> {
    const { report } = await this.#ask("report");
    if (!report) throw new Error("the bot gave no report");
    return report;
  }

  #ask(wish: ChatWish): Promise<ChatAnswer> {
    const answer = this.#nextAnswer(wish);
    if (this.#child.connected) this.#child.send(wish, () => {});
    return answer;
  }

  #nextAnswer(what: string): Promise<ChatAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why} (${what})\n${this.#logTail()}`));
      const overtime = setTimeout(() => fail("the bot did not answer"), ANSWER_MS_MAX);
      this.#onAnswer = (answer) => {
        clearTimeout(overtime);
        resolve(answer);
      };
      void this.#exited.then(() => {
        clearTimeout(overtime);
        fail("the bot is gone");
      });
    });
  }

  get #logFile(): string {
    // Not in the folder, which the program watches for tools and skills to come.
    return `${this.#folder}.log`;
  }

  #logTail(): string {
    return readFileSync(this.#logFile, "utf8").slice(-LOG_TAIL_CHARS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const overtime = setTimeout(() => this.#child.kill("SIGKILL"), LEAVE_MS_MAX);
    if (this.#child.connected) this.#child.send("stop" satisfies ChatWish, () => {});
    await this.#exited;
    clearTimeout(overtime);
    rmSync(this.#folder, { recursive: true, force: true });
    rmSync(this.#logFile, { force: true });
  }
}
