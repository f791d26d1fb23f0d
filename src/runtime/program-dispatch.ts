// Whether a program may run, now: what an earlier process left of it, the right to it, whether it is there, the consent to exactly this
// run. Its intent is committed and the decision on record before it begins.

import type { Decide } from "../authority/decide.ts";
import type { Agent } from "../core/agent.ts";
import type { Clock, Ids } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Programs } from "../core/program.ts";
import { programText } from "../core/program-text.ts";
import type { CallResult, Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { ClaimedTask } from "../core/task.ts";
import { languageOf } from "../core/user-text.ts";
import type { Approvals } from "./approvals.ts";
import { argvFor, programName } from "./program-command.ts";
import { findingsFrom, joined } from "./program-end.ts";
import { type Run, type RunCall, runIntent, runOf, runsOf, saidBy } from "./program-runs.ts";
import { openCallsOf } from "./task-history.ts";
import type { TaskEnd, TaskRun } from "./task-runner.ts";

export interface ProgramDispatchParts {
  readonly store: Store;
  readonly programs: Programs;
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly decide: Decide;
  readonly approvals: Pick<Approvals, "consent" | "isUntouched">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Pick<Limits, "taskSeconds">;
  /** Takes secrets out of what is recorded. */
  readonly redact: (text: string) => string;
}

export interface Dispatch {
  readonly n: number;
  readonly run: Run;
}

/** One that takes the server down with it is not begun for ever. */
const RUNS_MAX = 3;
const DETAIL_CHARS_MAX = 2_000;
const INTERRUPTED: CallResult = { status: "unknown", text: "The server was interrupted while it ran." };

export async function dispatchProgram(
  { claimed, log }: Pick<TaskRun, "claimed" | "log">,
  parts: ProgramDispatchParts,
): Promise<Dispatch | TaskEnd | "waiting"> {
  const { store, programs, approvals } = parts;
  const { task } = claimed;
  const { asker, channel } = task;
  const agents = parts.agents();
  const agent = agents.get(task.agent);
  const steps = await store.taskSteps(task.id);
  const fail = refusal(claimed, steps, log);

  const before = runsOf(steps).at(-1);
  const isUntouched = before !== undefined && (await approvals.isUntouched(task.id, before.n));
  if (before && !isUntouched) {
    if (agent?.isRepeatable !== true || runsOf(steps).length >= RUNS_MAX)
      return fail("program-interrupted", "interrupted", programName(runOf(before).command));
    const open = openCallsOf(steps).map(({ n }) => ({ n, result: INTERRUPTED }));
    await store.finishCalls(claimed.fence, open, [], parts.clock.now());
  }
  if (!agent?.command) return fail("not-found", "gone");
  const program = programName(agent.command);
  if (programs.off !== undefined) return fail("program-off", "off");

  const { capabilities } = agent;
  const bounds = [...task.bounds, { by: `the agent ${agent.name}`, ...(capabilities ? { capabilities } : {}) }];
  const may = (capability: string) => parts.decide({ asker, channel, tool: { capabilities: [capability] }, bounds });
  const decision = may("task.cli");
  if (!decision.isAllowed) {
    await record(claimed, "denied", decision.reason, agent.command, parts);
    return fail("not-allowed", "notAllowed", program, `Not allowed: ${decision.reason}.`);
  }
  if (!programs.isThere(agent.command[0] ?? "")) return fail("program-missing", "missing", program);
  const argv = argvFor(agent, claimed.messages.map(({ text }) => text).join("\n\n"));
  if (!argv) return fail("bad-input", "goalTooLong", program);

  const run = isUntouched ? before : await commitIntent(claimed, argv, agent, may("fs.write").isAllowed, parts);
  if (decision.needsApproval) {
    const consent = await approvals.consent(claimed, run.n, run.call);
    if (consent.status === "asked") return "waiting";
    if (consent.status === "refused") {
      await record(claimed, "denied", consent.why, runOf(run).command, parts);
      return fail("not-allowed", "refused", program, `Not run: ${consent.why}.`);
    }
  }
  await record(claimed, "started", decision.reason, runOf(run).command, parts);
  return { n: run.n, run: runOf(run) };
}

const refusal =
  ({ messages: [first] }: ClaimedTask, steps: readonly Step[], log: Log) =>
  (code: ErrorCode, key: Parameters<typeof programText>[0], program = "", forModel?: string): TaskEnd => {
    log.warn("program not run", { code, program, why: forModel });
    const language = languageOf(first?.text ?? "");
    const text = joined(findingsFrom(saidBy(steps), language), programText(key, language, program));
    return { outcome: { state: "failed", code, text, ...(forModel === undefined ? {} : { forModel }) } };
  };

async function commitIntent(
  { fence }: ClaimedTask,
  command: readonly string[],
  agent: Agent,
  isWritable: boolean,
  { store, clock, ids, limits }: ProgramDispatchParts,
): Promise<RunCall> {
  const { env = [], hosts = [], timeoutSeconds = limits.taskSeconds } = agent;
  const intent = runIntent(ids.next("call"), agent, {
    command: [...command],
    workspace: isWritable ? "writable" : "read-only",
    env: [...env],
    hosts: [...hosts],
    seconds: Math.min(timeoutSeconds, limits.taskSeconds),
  });
  const { numbers } = await store.appendReply(fence, intent, clock.now());
  return { n: numbers[1] ?? 0, call: intent.call };
}

const record = (
  { task }: ClaimedTask,
  decision: string,
  reason: string,
  command: readonly string[],
  { store, clock, redact }: ProgramDispatchParts,
): Promise<void> =>
  store.audit({
    at: clock.now(),
    session: task.session,
    task: task.id,
    actor: task.asker,
    action: "program",
    subject: task.agent,
    decision,
    reason,
    details: redact(JSON.stringify(command)).slice(0, DETAIL_CHARS_MAX),
  });
