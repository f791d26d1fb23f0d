// Which lines of a text match. A pattern that a model or a stranger wrote may run for ever, so patterns are matched in a thread of
// their own that is ended when it is late.

import { Worker } from "node:worker_threads";
import { z } from "zod";
import type { Timers } from "../../lib/abort.ts";

export interface LineMatcher extends AsyncDisposable {
  /** The indexes of the lines that match. */
  matching(lines: readonly string[]): Promise<readonly number[]>;
}

/** For all files of one search together. */
const PATTERN_MS_MAX = 3_000;
/** What stands further right in a line is not looked at. */
const LINE_CHARS_MAX = 10_000;
const HEAP_MB = 64;

export function literalMatcher(query: string, isLoose: boolean): LineMatcher {
  const fold = (text: string): string => (isLoose ? text.toLowerCase() : text);
  const wanted = fold(query);
  return {
    matching: async (lines) => lines.flatMap((line, index) => (fold(line).includes(wanted) ? [index] : [])),
    [Symbol.asyncDispose]: async () => {},
  };
}

const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const pattern = new RegExp(workerData.source, workerData.flags);
parentPort.on("message", (lines) => {
  const found = [];
  lines.forEach((line, index) => { if (pattern.test(line)) found.push(index); });
  parentPort.postMessage(found);
});`;

export function patternMatcher(source: string, isLoose: boolean, timers: Timers): LineMatcher {
  const flags = isLoose ? "iu" : "u";
  try {
    new RegExp(source, flags);
  } catch (error) {
    throw new Error(`The pattern is not a regular expression: ${error instanceof Error ? error.message : source}`);
  }
  const thread = new Worker(THREAD, {
    eval: true,
    env: {},
    workerData: { source, flags },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  thread.unref();
  let isLate = false;
  const cancel = timers.after(PATTERN_MS_MAX, () => {
    isLate = true;
    void thread.terminate();
  });
  return {
    matching: (lines) =>
      new Promise((resolve, reject) => {
        const failed = (): void =>
          reject(
            new Error(
              isLate
                ? `The pattern takes longer than ${PATTERN_MS_MAX / 1_000} seconds: write it simpler or search a part.`
                : "The pattern needs too much memory.",
            ),
          );
        if (isLate) return failed();
        thread.removeAllListeners();
        thread.once("message", (found) => resolve(z.array(z.int()).parse(found)));
        thread.once("error", failed);
        thread.once("exit", failed);
        thread.postMessage(lines.map((line) => line.slice(0, LINE_CHARS_MAX)));
      }),
    [Symbol.asyncDispose]: async () => {
      cancel();
      thread.removeAllListeners();
      await thread.terminate();
    },
  };
}
