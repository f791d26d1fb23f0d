// Step 4 of the road: model and tools take turns until there is an answer. Every reply and every tool result is a committed
// step, and each turn of the loop begins by reading the steps: so it goes on after a crash as if nothing had been.

import { HISTORY_TOKENS_MIN, historyBudget, questionTokens } from "../context/history-budget.ts";
import type { TokenGauge } from "../context/token-gauge.ts";
import { budgetText } from "../core/budget-text.ts";
import type { Clock, Ids } from "../core/clock.ts";
import type { ShownSteps } from "../core/compaction.ts";
import { AppError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { SessionKey } from "../core/message.ts";
import type { ModelRequest } from "../core/model.ts";
import type { Bound } from "../core/skill.ts";
import type { Step } from "../core/step.ts";
import type { NewReply, Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { failureText, languageOf, userText } from "../core/user-text.ts";
import type { AgentProfile } from "./agent-profiles.ts";
import type { Approvals } from "./approvals.ts";
import type { AskedWithinBudget, AskWithinBudget } from "./at-limit.ts";
import type { OpenChatPort } from "./chat-port.ts";
import type { Compactor } from "./compactor.ts";
import { createDraftWriter } from "./draft-writer.ts";
import type { LiveBoard } from "./live.ts";
import type { ChainRequest, ReplyDone } from "./model-chain.ts";
import { toSteps } from "./reply-steps.ts";
import { resumedRequest } from "./resumed-request.ts";
import { isTold } from "./task-bounds.ts";
import { answerOf, isSwitchedOff, openCallsOf, repliesOf, skillBounds } from "./task-history.ts";
import type { TaskIntake } from "./task-intake.ts";
import type { TaskBody, TaskEnd, TaskRun } from "./task-runner.ts";
import type { ToolExecutor, ToolSet } from "./tool-executor.ts";
import { runToolRound } from "./tool-round.ts";

export interface AgentLoopParts {
  readonly store: Store;
  readonly live: LiveBoard;
  readonly executor: ToolExecutor;
  readonly approvals: Pick<Approvals, "consent" | "isUntouched">;
  readonly chat: OpenChatPort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limitsNow: () => Limits;
  readonly intake: TaskIntake;
  readonly askWithinBudget: AskWithinBudget;
  readonly compactor: Compactor;
  readonly gauge: TokenGauge;
  readonly budgetTokens: number;
  /** Tokens of what stands in every request. */
  readonly countFixed: (request: Pick<ModelRequest, "system" | "tools">) => number;
  /** The agent's prompt, models and skills, for this person on this channel. */
  readonly profile: (task: Pick<Task, "agent" | "channel" | "asker">) => AgentProfile;
}

const CONTINUATIONS_MAX = 4;
/** When a vendor says that a request is too long: how often a shorter one is tried, each with this share of the one before. */
const SQUEEZES_MAX = 4;
const SQUEEZE_SHARE = 0.5;

/** A task keeps the limits it began with (P14). */
type LoopParts = AgentLoopParts & { readonly limits: Limits };

/** What of the ledger a request is made from. */
interface Look {
  readonly mine: readonly Step[];
  /** The session's last event, which the reply's text stands after. */
  readonly after: number;
  /** Absent where it is to be read. */
  readonly shown: ShownSteps | undefined;
}

export function createAgentLoop(parts: AgentLoopParts): TaskBody {
  return {
    run: (run) => runLoop(run, { ...parts, limits: parts.limitsNow() }),
    said: async ({ task }) => {
      const committed = answerOf(await parts.store.taskSteps(task.id));
      return committed + (parts.live.draft(task.session)?.text ?? "");
    },
  };
}

async function runLoop(run: TaskRun, parts: LoopParts): Promise<TaskEnd | "waiting"> {
  const { claimed, signal, log } = run;
  const { store, live, clock } = parts;
  const { task, fence } = claimed;
  const profile = parts.profile(task);
  const tools = parts.executor.now();
  let isRecovery = true;
  let isBack = true;
  let emptyReplies = 0;

  // The claim brought the first look along.
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    const mine = isFirst ? claimed.steps : await store.taskSteps(task.id);
    const calls = openCallsOf(mine);
    if (calls.length > 0) {
      const switchedOff = (tool: string): boolean => isSwitchedOff(mine, tool);
      const isSettled = await runToolRound(
        {
          claimed,
          calls,
          isSwitchedOff: switchedOff,
          skills: profile.skills.usable,
          bounds: boundsOf(task, profile, mine),
          signal,
          log,
          isRecovery,
        },
        { store, tools, approvals: parts.approvals, chat: parts.chat, clock },
      );
      if (!isSettled) return "waiting";
      isRecovery = false;
      continue;
    }
    isRecovery = false;
    if (isBack && (await isReminded(run, mine, parts))) continue;
    isBack = false;
    if ((await isTold(run, mine, parts)) || (await parts.intake.takesIn(run, mine, profile.skills))) continue;

    const after = isFirst ? claimed.lastEvent : await store.lastEvent(task.session);
    const asked = await parts.askWithinBudget(claimed, profile, (within, isSparing) =>
      askModel(run, { mine, after, shown: isFirst ? claimed.shown : undefined }, within, tools, isSparing, parts),
    );
    if (asked === "waiting") return "waiting";
    const { done } = asked;
    const reply = toSteps(done, leadOf(mine), asked.profile.role, parts.ids);
    live.close(task.session, task.id);
    if (reply.calls.length > 0 || (reply.reply.isCut && continuations(mine) < CONTINUATIONS_MAX)) {
      await store.appendReply(fence, reply, clock.now());
      continue;
    }
    if (reply.reply.text.trim() === "" && answerOf(mine) === "" && done.reply.stop !== "refused") {
      emptyReplies += 1;
      const payer = { session: task.session, task: task.id };
      if (reply.usage) await store.recordUsage(payer, reply.usage, clock.now());
      // Blanks that were shown do not stand before the next try.
      if (done.reply.text !== "") await store.resetText(fence, clock.now());
      if (emptyReplies > 1) throw new AppError("provider-bad-reply", "the model gave an empty reply twice");
      continue;
    }
    const isExhausted = parts.compactor.takeExhausted(task.session);
    return endWith(run, reply, asked, answerOf(mine), isExhausted);
  }
}

/** Whether the model had to be told what it goes on with. */
async function isReminded(
  { claimed }: TaskRun,
  mine: readonly Step[],
  { store, clock }: AgentLoopParts,
): Promise<boolean> {
  if (mine.at(-1)?.body.kind !== "call") return false;
  const { steps } = await store.shownSteps(claimed.task.session);
  const note = resumedRequest(mine, steps.at(-1));
  if (note) await store.appendNote(claimed.fence, note, clock.now());
  return note !== undefined;
}

/** One reply. A vendor that finds the request too long gets a shorter one: what no longer fits is compacted. */
async function askModel(
  run: TaskRun,
  { mine, after, shown }: Look,
  profile: AgentProfile,
  set: ToolSet,
  isSparing: boolean,
  parts: AgentLoopParts,
): Promise<ReplyDone> {
  const { compactor, gauge } = parts;
  const { task, fence } = run.claimed;
  const tools = set.offered(task.asker, task.channel, boundsOf(task, profile, mine));
  const fixed = parts.countFixed({ system: profile.system, tools });
  const room = historyRoom(task.session, profile, fixed, parts);
  if (room < HISTORY_TOKENS_MIN) {
    const what = `system prompt and tools (${fixed} tokens) leave ${room} tokens for the conversation`;
    throw new AppError("context-unfittable", `${what}; raise context.budgetTokens or use a larger model`);
  }
  let allowed = room;
  let tooLong: AppError | undefined;
  for (let squeezes = 0; ; squeezes += 1) {
    try {
      const view = await compactor.view(task.session, allowed, run.signal, squeezes === 0 ? shown : undefined);
      allowed = Math.min(allowed, view.tokens);
      const bill = {
        payer: { session: task.session, task: task.id, isNew: shown !== undefined && fence.number === 1 },
        role: profile.role,
        inputTokens: (model: string) => inputTokensMax(model, task.session, fixed + view.tokens, gauge),
        isSparing,
      };
      const request = { system: profile.system, tools, items: view.items, cacheKey: task.session, bill };
      const done = await askOnce(run, request, leadOf(mine), after, profile, parts);
      gauge.record(done.model, task.session, fixed + view.tokens, done.reply.usage);
      compactor.consider(task.session, view.tokens, room);
      return done;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // There is no shorter one: what the vendor said is the reason.
      if (error.code === "context-unfittable") throw tooLong ?? error;
      if (error.code !== "context-too-long" || squeezes >= SQUEEZES_MAX) throw error;
      run.log.warn("request too long for the model", { tokens: fixed + allowed });
      tooLong = error;
      allowed = Math.floor(allowed * SQUEEZE_SHARE);
    }
  }
}

/** All that narrows a task: who spawned it, its agent, the skills it follows. */
const boundsOf = (task: Task, { bounds }: AgentProfile, mine: readonly Step[]): readonly Bound[] => [
  ...task.bounds,
  ...bounds,
  ...skillBounds(mine),
];

/** What the history of this session may have, in estimated tokens. */
export function historyRoom(
  session: SessionKey,
  { chain }: Pick<AgentProfile, "chain">,
  fixedTokens: number,
  { budgetTokens, gauge }: Pick<AgentLoopParts, "budgetTokens" | "gauge">,
): number {
  const models = chain.targets.map(({ name, facts }) => {
    const { contextTokens, outputTokens } = facts;
    const correction = gauge.correction(name, session, questionTokens(facts, budgetTokens));
    return { contextTokens, outputTokens, ...correction };
  });
  return historyBudget({ budgetTokens, models, fixedTokens });
}

/** What is estimated, with all it may be off by. */
function inputTokensMax(model: string, session: SessionKey, estimated: number, gauge: TokenGauge): number {
  const { ratio, reserveShare } = gauge.correction(model, session, estimated);
  return Math.ceil(estimated * ratio * (1 + reserveShare));
}

async function askOnce(
  { claimed, signal, log }: TaskRun,
  request: ChainRequest,
  lead: string,
  /** The session's last event, which its text stands after. */
  after: number,
  profile: AgentProfile,
  parts: AgentLoopParts,
): Promise<ReplyDone> {
  const { store, live, clock } = parts;
  const { task, fence } = claimed;
  live.open(task.session, task.id, after);
  const writer = createDraftWriter(
    {
      show: (text) => live.write(task.session, task.id, text),
      void: async () => {
        live.close(task.session, task.id);
        live.open(task.session, task.id, await store.resetText(fence, clock.now()));
      },
    },
    lead,
  );
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

function endWith(
  { claimed }: TaskRun,
  last: NewReply,
  { done: { reply }, reached }: AskedWithinBudget,
  before: string,
  isExhausted: boolean,
): TaskEnd {
  const language = languageOf(claimed.messages[0]?.text ?? "");
  const answer = before + last.reply.text;
  if (reply.stop === "refused") {
    const text = [answer, failureText("provider-refused", language)].filter((part) => part !== "").join("\n\n");
    return { outcome: { state: "failed", code: "provider-refused", text }, last };
  }
  const remarks = [
    ...(last.reply.isCut ? [userText("cutByLimit", language)] : []),
    ...(isExhausted ? [userText("contextExhausted", language)] : []),
    ...(reached ? [budgetText("cheaper", language, reached)] : []),
  ];
  return { outcome: { state: "done", text: [answer, ...remarks].join("\n\n") }, last };
}
