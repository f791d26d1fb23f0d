// The calls of one reply: those that may run beside each other do, each result is committed as soon as it is there, in its own
// call's place. After a crash the calls without a result are settled here as well.

import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Bound, Skill } from "../core/skill.ts";
import { type CallResult, stepReference } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { ClaimedTask } from "../core/task.ts";
import type { ToolContext } from "../core/tool.ts";
import type { Approvals, Consent } from "./approvals.ts";
import type { OpenChatPort } from "./chat-port.ts";
import type { OpenCall } from "./task-history.ts";
import type { ToolSet } from "./tool-executor.ts";

export interface ToolRoundParts {
  readonly store: Store;
  readonly tools: ToolSet;
  readonly approvals: Pick<Approvals, "consent" | "isUntouched">;
  readonly chat: OpenChatPort;
  readonly clock: Clock;
}

export interface ToolRound {
  readonly claimed: ClaimedTask;
  readonly calls: readonly OpenCall[];
  readonly isSwitchedOff: (tool: string) => boolean;
  readonly skills: readonly Skill[];
  readonly bounds: readonly Bound[];
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The calls may have been started before a crash. */
  readonly isRecovery: boolean;
}

const UNKNOWN: CallResult = {
  status: "unknown",
  text: "The program was interrupted while this call ran: it may or may not have taken effect. Check before you repeat it.",
};
const SWITCHED_OFF: CallResult = {
  status: "denied",
  text: "This tool is switched off for the rest of the task, because it failed three times in a row. Find another way.",
};

/** False when some of the calls wait for a person's consent. */
export async function runToolRound(round: ToolRound, parts: ToolRoundParts): Promise<boolean> {
  const { claimed, signal, log } = round;
  const { task, fence } = claimed;
  const context: Omit<ToolContext, "call" | "chat"> = {
    task: task.id,
    session: task.session,
    channel: task.channel,
    asker: task.asker,
    clock: parts.clock,
    skills: round.skills,
    bounds: round.bounds,
    signal,
  };

  async function settle({ n, call }: OpenCall): Promise<boolean> {
    const tool = parts.tools.find(call.name);
    const mayRun =
      !round.isRecovery || !tool || tool.isRepeatable === true || (await parts.approvals.isUntouched(task.id, n));
    const consent = (): Promise<Consent> => parts.approvals.consent(claimed, n, call);
    const own: ToolContext = { ...context, call: call.id, chat: parts.chat(claimed, n) };
    const ended =
      mayRun && !round.isSwitchedOff(call.name)
        ? await parts.tools.run(call, stepReference(task.id, n), own, consent, log)
        : { result: mayRun ? SWITCHED_OFF : UNKNOWN, audit: undefined };
    if (ended === "asked") return false;
    const { result, audit } = ended;
    await parts.store.finishCalls(fence, [{ n, result }], audit ? [audit] : [], parts.clock.now());
    return true;
  }

  let isSettled = true;
  for (const group of groups(round.calls, (call) => parts.tools.find(call.call.name)?.isParallel === true)) {
    signal.throwIfAborted();
    const settled = await Promise.allSettled(group.map(settle));
    const failure = settled.find((one) => one.status === "rejected");
    if (failure) throw failure.reason;
    isSettled &&= settled.every((one) => one.status === "fulfilled" && one.value);
  }
  return isSettled;
}

/** Neighbours that may run beside each other form a group; any other call is a group of its own. */
function groups(calls: readonly OpenCall[], isParallel: (call: OpenCall) => boolean): readonly (readonly OpenCall[])[] {
  const result: OpenCall[][] = [];
  let isOpen = false;
  for (const call of calls) {
    const parallel = isParallel(call);
    const last = result.at(-1);
    if (parallel && isOpen && last) last.push(call);
    else result.push([call]);
    isOpen = parallel;
  }
  return result;
}
