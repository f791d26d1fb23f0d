// The work of an agent that is a program: decided like a tool's call, committed as one before it begins, shown while it runs, ended as
// its exit code says. One that died with us is not run again unless its agent file says that it may be.

import type { Agent } from "../core/agent.ts";
import { AppError } from "../core/errors.ts";
import type { ProgramEnd } from "../core/program.ts";
import { programText } from "../core/program-text.ts";
import type { Task } from "../core/task.ts";
import { languageOf } from "../core/user-text.ts";
import { childController } from "../lib/abort.ts";
import type { LiveBoard } from "./live.ts";
import { programName } from "./program-command.ts";
import { type Dispatch, dispatchProgram, type ProgramDispatchParts } from "./program-dispatch.ts";
import { createProgramWords, findingsFrom, outcomeOf, restOf } from "./program-end.ts";
import { createProgramProgress } from "./program-progress.ts";
import type { Told } from "./program-progress-line.ts";
import { createProgramReader } from "./program-reader.ts";
import { saidBy, speakerOf } from "./program-runs.ts";
import type { TaskBody, TaskEnd, TaskRun } from "./task-runner.ts";

export interface ProgramAgentParts extends ProgramDispatchParts {
  readonly live: LiveBoard;
  /** Takes our own secrets and folders out of what a program says. */
  readonly withoutOurs: (text: string) => string;
}

/** After its result a program has this long to leave. */
const LEAVE_MS = 10_000;
const LINGERS = new Error("it gave its result and did not leave");

/** Whether a program does the work. One that was spawned as such stays such, also when its agent file is gone. */
export const isProgramTask = (
  { agent, kind, parentSession }: Task,
  agents: ReadonlyMap<string, Pick<Agent, "command">>,
): boolean => agents.get(agent)?.command !== undefined || (kind === "cli" && parentSession !== null);

export function createProgramAgent(parts: ProgramAgentParts): TaskBody {
  return {
    run: async (run) => {
      const dispatched = await dispatchProgram(run, parts);
      return typeof dispatched === "object" && "run" in dispatched ? work(run, dispatched, parts) : dispatched;
    },
    said: async ({ task, messages: [first] }) => {
      const committed = saidBy(await parts.store.taskSteps(task.id));
      return findingsFrom(committed + (parts.live.draft(task.session)?.text ?? ""), languageOf(first?.text ?? ""));
    },
  };
}

/** Runs it to its end, or until it is ended. */
async function work(
  { claimed, signal, log }: TaskRun,
  { n, run }: Dispatch,
  parts: ProgramAgentParts,
): Promise<TaskEnd> {
  const { clock, programs } = parts;
  const { task } = claimed;
  const language = languageOf(claimed.messages[0]?.text ?? "");
  const program = programName(run.command);
  const { controller, release } = childController(signal);
  const end = (reason: unknown): void => controller.abort(reason);
  const tooLong = new AppError("task-timeout", `${program} took more than ${run.seconds} seconds`);
  const cancelDeadline = clock.after(run.seconds * 1_000, () => end(tooLong));
  let cancelLeave: (() => void) | undefined;

  const withoutHanded = programs.redactor(run.env);
  const clean = (text: string): string => withoutHanded(parts.withoutOurs(text));
  const speaker = speakerOf(task.agent);
  const reader = createProgramReader(clean, (chars) => programText("leftOut", language, program, String(chars)));
  const words = createProgramWords();
  const progress = createProgramProgress({ ...parts, claimed, speaker, onFailure: end });
  const startedAt = clock.now();
  const take = (told: readonly Told[]): void => {
    words.take(told);
    progress.take(told);
    // Its result ends it, whatever it still has to do.
    if (words.hasResult) cancelLeave ??= clock.after(LEAVE_MS, () => end(LINGERS));
  };

  try {
    await progress.open();
    const ended = await programs
      .run(
        {
          argv: run.command,
          session: task.session,
          isWritable: run.workspace === "writable",
          env: run.env,
          hosts: run.hosts,
          timeoutMs: run.seconds * 1_000,
          onOutput: (piece) => take(reader.read(piece)),
        },
        controller.signal,
      )
      .catch((error: unknown) => ({ error }));
    take(reader.end());
    await progress.flush();
    const isOurs = "error" in ended;
    if (isOurs && controller.signal.reason !== LINGERS)
      throw controller.signal.aborted ? controller.signal.reason : ended.error;
    const done: ProgramEnd = isOurs
      ? { exitCode: 0, complaint: "" }
      : { ...ended, complaint: parts.redact(clean(ended.complaint)) };
    if (done.endedFor === "time") throw tooLong;
    log.info("program ended", { program, ...done });
    return endWith(done, n, words.said, progress.said);
  } finally {
    cancelDeadline();
    cancelLeave?.();
    release();
  }

  function endWith(done: ProgramEnd, place: number, said: typeof words.said, shown: string): TaskEnd {
    const outcome = outcomeOf({ end: done, said, shown, program, language });
    const text = outcome.state === "done" ? restOf(outcome.text, shown) : "";
    const how = done.exitCode === undefined ? (done.signal ?? "a signal") : `exit code ${done.exitCode}`;
    const { usage, usd } = said;
    return {
      outcome,
      calls: [
        { n: place, result: { status: outcome.state === "done" ? "ok" : "error", text: `It ended with ${how}.` } },
      ],
      last: {
        reply: { kind: "reply", text, model: speaker, usage },
        calls: [],
        usage: { model: speaker, role: "program", usage, usd, durationMs: clock.now() - startedAt },
      },
    };
  }
}
