// What the end of a program means: its exit code and what it said, as the end of its task.

import { headAndTail, safeSlice } from "../context/view.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Language } from "../core/message.ts";
import { NO_USAGE, type Usage } from "../core/model.ts";
import type { ProgramEnd } from "../core/program.ts";
import { programText } from "../core/program-text.ts";
import { userText } from "../core/user-text.ts";
import type { Told } from "./program-progress-line.ts";
import type { TaskEnd } from "./task-runner.ts";

const ANSWER_CHARS_MAX = 200_000;
const FINDINGS_CHARS_MAX = 10_000;
const FINDINGS_HEAD_SHARE = 0.3;
const COMPLAINT_CHARS_MAX = 1_500;
const INTERRUPTED_EXIT = 130;
const MISSING_EXIT = 127;

/** What a program said of itself. */
export interface ProgramSaid {
  /** The result it named, or all it wrote besides objects, or its last message. */
  readonly answer: string;
  readonly isResult: boolean;
  readonly usage: Usage;
  readonly usd: number;
}

export interface ProgramWords {
  take(told: readonly Told[]): void;
  /** It gave its result. */
  readonly hasResult: boolean;
  readonly said: ProgramSaid;
}

export function createProgramWords(): ProgramWords {
  let output = "";
  let message = "";
  let result: string | undefined;
  let usage = NO_USAGE;
  let usd = 0;
  return {
    take: (told) => {
      for (const one of told) {
        if (one.kind === "output") output += one.text;
        else if (one.kind === "message") message = one.text;
        else if (one.kind === "result") result = one.text;
        else if (one.kind === "spent") {
          usage = sumOf(usage, one.usage);
          usd += one.usd;
        }
      }
    },
    get hasResult() {
      return result !== undefined;
    },
    get said() {
      const answer = [result, output, message].map((text = "") => text.trim()).find((text) => text !== "") ?? "";
      return { answer: safeSlice(answer, ANSWER_CHARS_MAX), isResult: result !== undefined, usage, usd };
    },
  };
}

const sumOf = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  outputTokens: a.outputTokens + b.outputTokens,
});

export interface EndedProgram {
  readonly end: ProgramEnd;
  readonly said: ProgramSaid;
  /** What people were shown of it. */
  readonly shown: string;
  /** Its name. */
  readonly program: string;
  readonly language: Language;
}

export function outcomeOf({ end, said, shown, program, language }: EndedProgram): TaskEnd["outcome"] {
  const { exitCode, signal = "", endedFor, complaint } = end;
  const sentence = (...[key, detail]: [Parameters<typeof programText>[0], string?]): string =>
    programText(key, language, program, detail);
  const isSaid = !said.isResult || shown.endsWith(said.answer);
  const findings = findingsFrom(isSaid ? shown : joined(shown, said.answer), language);
  const forModel =
    complaint === "" ? {} : { forModel: `Its error output ended with:\n${complaint.slice(-COMPLAINT_CHARS_MAX)}` };
  const failed = (code: ErrorCode, why: string): TaskEnd["outcome"] => ({
    state: "failed",
    code,
    text: joined(findings, why),
    ...forModel,
  });

  if (endedFor === "flood" || endedFor === "quota") return failed("program-failed", sentence(endedFor));
  if (exitCode === 0)
    return said.answer === "" ? failed("program-failed", sentence("silent")) : { state: "done", text: said.answer };
  if (exitCode === INTERRUPTED_EXIT || signal === "SIGINT")
    return { state: "cancelled", text: joined(findings, userText("cancelled", language)) };
  if (exitCode === MISSING_EXIT) return failed("program-missing", sentence("missing"));
  return failed(
    "program-failed",
    exitCode === undefined ? sentence("signal", signal) : sentence("exit", String(exitCode)),
  );
}

/** Of what a program said that did not get done: its beginning, and more of its end. */
export const findingsFrom = (said: string, language: Language): string =>
  headAndTail(
    said.trim(),
    FINDINGS_CHARS_MAX,
    (chars) => `\n${programText("leftOut", language, "", String(chars))}\n`,
    FINDINGS_HEAD_SHARE,
  );

/** What was found, and the sentence about the end as the last paragraph. */
export const joined = (findings: string, sentence: string): string =>
  [findings, sentence].filter((part) => part !== "").join("\n\n");

/** What of the answer people were not shown yet. */
export function restOf(answer: string, shown: string): string {
  if (shown.endsWith(answer)) return "";
  if (answer.startsWith(shown)) return answer.slice(shown.length);
  return `\n\n${answer}`;
}
