// One life of a program that is to be killed: started, asked whether it is quiet, over when it is dead.

import { type ChildProcess, fork } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Child {
  readonly process: ChildProcess;
  /** Where it listens; undefined when it died before. */
  readonly ready: Promise<string | undefined>;
  readonly exited: Promise<void>;
  /** False once it has ended otherwise than by being killed: then nothing is proven. */
  readonly wasHealthy: () => boolean;
  /** Whether it came to rest; false when it died first. */
  quiet(): Promise<boolean>;
}

interface Answer {
  readonly url?: string;
  readonly quiet?: unknown;
}

export function startChild(file: string, plan: object, lifeMsMax: number): Child {
  const child = fork(file, [JSON.stringify(plan)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // Hundreds of short lives: each start is twice as quick with compiled code kept.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "signalbox-compile-cache") },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const wasHealthy = (): boolean => child.exitCode === null;
  const overtime = setTimeout(() => child.kill("SIGKILL"), lifeMsMax);
  void exited.then(() => clearTimeout(overtime));
  const answers: ((answer: Answer) => void)[] = [];
  child.on("message", (answer: Answer) => answers.shift()?.(answer));
  const next = <T>(read: (answer: Answer) => T, otherwise: T): Promise<T> =>
    Promise.race([
      new Promise<T>((resolve) => answers.push((answer) => resolve(read(answer)))),
      exited.then(() => otherwise),
    ]);
  return {
    process: child,
    ready: next((answer) => answer.url, undefined),
    exited,
    wasHealthy,
    quiet: () => {
      if (child.connected) child.send("quiet?", () => {});
      return next((answer) => answer.quiet !== undefined, false);
    },
  };
}
