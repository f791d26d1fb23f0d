// Step 4 of the road: model and tools take turns until there is an answer. Every reply and every tool result is a committed
// step, and each turn of the loop begins by reading the steps: so it goes on after a crash as if nothing had been.

import { type Speak, toConversation } from "../context/conversation.ts";
import { trimConversation } from "../context/trim.ts";
import type { Clock, Ids } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { WhileBusy } from "../core/message.ts";
import type { RequestedCall } from "../core/model.ts";
import type { CallStep, Step } from "../core/step.ts";
import type { NewReply, Store } from "../core/store.ts";
import { failureText, languageOf, userText } from "../core/user-text.ts";
import { createDraftWriter } from "./draft-writer.ts";
import type { LiveBoard } from "./live.ts";
import type { ModelChain, ReplyDone } from "./model-chain.ts";
import { answerOf, isSwitchedOff, openCallsOf, repetitions, repliesOf, stepsOf } from "./task-history.ts";
import type { TaskBody, TaskEnd, TaskRun } from "./task-runner.ts";
import type { ToolExecutor } from "./tool-executor.ts";
import { runToolRound } from "./tool-round.ts";

export interface AgentProfile {
  readonly system: string;
  readonly role: string;
  readonly chain: ModelChain;
}

export interface AgentLoopParts {
  readonly store: Store;
  readonly live: LiveBoard;
  readonly executor: ToolExecutor;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
  readonly budgetTokens: number;
  readonly whileBusy: WhileBusy;
  readonly speak: (session: string) => Speak;
  /** The agent's prompt and models, on this channel. */
  readonly profile: (agent: string, channel: string) => AgentProfile;
}

const CALLS_PER_REPLY_MAX = 32;
const CONTINUATIONS_MAX = 4;
const REPETITIONS_NOTED = 3;
const REPETITIONS_MAX = 4;

export function createAgentLoop(parts: AgentLoopParts): TaskBody {
  return {
    run: (run) => runLoop(run, parts),
    said: async ({ task }) => {
      const committed = answerOf(stepsOf(await parts.store.transcript(task.session), task.id));
      return committed + (parts.live.draft(task.session)?.text ?? "");
    },
  };
}

async function runLoop(run: TaskRun, parts: AgentLoopParts): Promise<TaskEnd> {
  const { claimed, signal, log } = run;
  const { store, live, clock } = parts;
  const { task, fence } = claimed;
  const profile = parts.profile(task.agent, task.channel);
  const onCommit = (): void => live.changed(task.session);
  let isRecovery = true;
  let emptyReplies = 0;

  for (;;) {
    signal.throwIfAborted();
    const transcript = await store.transcript(task.session);
    const mine = stepsOf(transcript, task.id);
    const calls = openCallsOf(mine);
    if (calls.length > 0) {
      const switchedOff = (tool: string): boolean => isSwitchedOff(mine, tool);
      await runToolRound(
        { claimed, calls, isSwitchedOff: switchedOff, signal, log, isRecovery },
        { store, executor: parts.executor, clock, onCommit },
      );
      isRecovery = false;
      continue;
    }
    isRecovery = false;
    if ((await isTold(run, mine, parts)) || (await isSteered(run, parts))) continue;

    const done = await askModel(run, transcript, mine, profile, parts);
    const reply = toSteps(done, leadOf(mine), profile.role, parts.ids);
    live.close(task.session, task.id);
    if (reply.calls.length > 0 || (reply.reply.isCut && continuations(mine) < CONTINUATIONS_MAX)) {
      await store.appendReply(fence, reply, clock.now());
      onCommit();
      continue;
    }
    if (reply.reply.text.trim() === "" && answerOf(mine) === "" && done.reply.stop !== "refused") {
      emptyReplies += 1;
      if (emptyReplies > 1) throw new AppError("provider-bad-reply", "the model gave an empty reply twice");
      continue;
    }
    return endWith(run, reply, done, answerOf(mine));
  }
}

/** Bounds on steps and money, and the end of a task that goes round in circles; true when the model was told something. */
async function isTold({ claimed }: TaskRun, mine: readonly Step[], parts: AgentLoopParts): Promise<boolean> {
  const { store, limits, clock } = parts;
  if (repliesOf(mine).length >= limits.modelCallsPerTask) {
    throw new AppError("task-budget", `the task used its ${limits.modelCallsPerTask} model calls`);
  }
  if (repliesOf(mine).length > 0 && (await store.spentUsd(claimed.task.id)) > limits.taskUsd) {
    throw new AppError("task-budget", `the task spent more than ${limits.taskUsd} US dollars`);
  }
  const repeated = repetitions(mine);
  if (repeated >= REPETITIONS_MAX)
    throw new AppError("task-stuck", `the same calls ${repeated} times with the same results`);
  if (repeated === REPETITIONS_NOTED && mine.at(-1)?.body.kind === "call") {
    const text =
      "The same call was made three times with the same result. Do something else, or answer with what is known.";
    await store.appendNote(claimed.fence, { kind: "note", text }, clock.now());
    return true;
  }
  return false;
}

/** Messages of the same person that came meanwhile join before the next model call (`whileBusy: steer`). */
async function isSteered({ claimed }: TaskRun, parts: AgentLoopParts): Promise<boolean> {
  if (parts.whileBusy !== "steer") return false;
  const taken = await parts.store.takeSteering(claimed.fence, parts.clock.now());
  if (taken) parts.live.changed(claimed.task.session);
  return taken !== undefined && taken.messages.length > 0;
}

async function askModel(
  { claimed, signal, log }: TaskRun,
  transcript: readonly Step[],
  mine: readonly Step[],
  profile: AgentProfile,
  parts: AgentLoopParts,
): Promise<ReplyDone> {
  const { store, live, clock } = parts;
  const { task, fence } = claimed;
  const open = async (): Promise<void> => live.open(task.session, task.id, await store.lastEvent(task.session));
  await open();
  const writer = createDraftWriter(
    {
      show: (text) => live.write(task.session, task.id, text),
      void: async () => {
        live.close(task.session, task.id);
        await store.resetText(fence, clock.now());
        await open();
        live.changed(task.session);
      },
    },
    leadOf(mine),
  );
  const { items } = trimConversation(toConversation(transcript, parts.speak(task.session)), parts.budgetTokens);
  const request = {
    system: profile.system,
    tools: parts.executor.offered(task.asker, task.channel),
    items,
    cacheKey: task.session,
  };
  const done = await profile.chain.reply(request, writer, signal, log);
  await writer.finish(done.reply.text);
  return done;
}

/** What parts a reply's text from the one before it. */
function leadOf(mine: readonly Step[]): string {
  if (answerOf(mine) === "") return "";
  return repliesOf(mine).at(-1)?.isCut ? "" : "\n\n";
}

function continuations(mine: readonly Step[]): number {
  let count = 0;
  for (const reply of repliesOf(mine).toReversed()) {
    if (!reply.isCut) break;
    count += 1;
  }
  return count;
}

function toSteps({ reply, model, usd, durationMs }: ReplyDone, lead: string, role: string, ids: Ids): NewReply {
  return {
    reply: {
      kind: "reply",
      text: reply.text === "" ? "" : lead + reply.text,
      model,
      usage: reply.usage,
      ...(reply.stop === "length" && reply.text !== "" ? { isCut: true } : {}),
      ...(reply.replay ? { replay: reply.replay } : {}),
    },
    calls: reply.calls.slice(0, CALLS_PER_REPLY_MAX).map((call) => toCallStep(call, ids)),
    usage: { model, role, usage: reply.usage, usd, durationMs },
  };
}

function toCallStep(call: RequestedCall, ids: Ids): CallStep {
  const named = { kind: "call", id: ids.next("call"), name: call.name } as const;
  const args = parseArguments(call.argumentsText);
  if (args) return { ...named, arguments: args };
  const malformed = `The arguments are not a JSON object: ${call.argumentsText.slice(0, 300)}`;
  return { ...named, arguments: {}, malformed };
}

function parseArguments(text: string): JsonObject | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function endWith({ claimed }: TaskRun, last: NewReply, { reply }: ReplyDone, before: string): TaskEnd {
  const language = languageOf(claimed.messages[0]?.text ?? "");
  const answer = before + last.reply.text;
  if (reply.stop === "refused") {
    const text = [answer, failureText("provider-refused", language)].filter((part) => part !== "").join("\n\n");
    return { outcome: { state: "failed", code: "provider-refused", text }, last };
  }
  const text = last.reply.isCut ? `${answer}\n\n${userText("cutByLimit", language)}` : answer;
  return { outcome: { state: "done", text }, last };
}
