// The ledger's port. Narrow and asynchronous: each call is one transaction, and when it resolves it is durable. Knows no
// engine; the suite every implementation must pass is test/storage/store-contract.ts.
// Rules no caller can break: order numbers are given out inside the transaction; a message key exists once; at most one task of
// a session runs; a write with an old fence changes nothing and throws `fenced`.

import type { Approval, ApprovalDecision, NewApproval } from "./approval.ts";
import type { AsideLedger } from "./aside.ts";
import type { Amount, Payer } from "./budget.ts";
import type { Button } from "./button.ts";
import type { Compaction, ShownSteps } from "./compaction.ts";
import type { Delivery, DeliveryReceipt } from "./delivery.ts";
import type { Durability } from "./durability.ts";
import type { ErrorCode } from "./errors.ts";
import type { MessageFate, Spender, TaskAccount, WhichMessage } from "./explanation.ts";
import type { Json } from "./json.ts";
import type { SearchHit, SearchQuery } from "./log-search.ts";
import type {
  AcceptResult,
  AmendResult,
  InboundMessage,
  SessionKey,
  StoredMessage,
  WhileBusy,
  WithdrawResult,
} from "./message.ts";
import type { Usage } from "./model.ts";
import type { ScheduleStore } from "./schedule.ts";
import type { FreshEvent, SessionEvent } from "./session-event.ts";
import type { SessionLife } from "./session-life.ts";
import type { CallResult, CallStep, NoteStep, ReplyStep, SaidStep, Step } from "./step.ts";
import type { ClaimedTask, Fence, SpawnedFrom, Task, TaskOutcome, TaskProgress } from "./task.ts";
import type { TaskKind } from "./task-kind.ts";

export interface AcceptOptions {
  readonly messageId: string;
  readonly taskId: string;
  readonly traceId: string;
  readonly now: number;
  readonly waitingMax: number;
  /** Told to the person when the line is full. */
  readonly fullText: string;
  /** The channel pushes, so what is said to a person also becomes a delivery. */
  readonly isPushed: boolean;
  /** The message is a command and this its answer: it needs no place in the line and no task. */
  readonly answer?: string;
  /** It spawns a task of its own session, whose result belongs here. */
  readonly parent?: SpawnedFrom;
  /** Told at the commit, before the disk has it. */
  readonly committed?: (result: AcceptResult) => void;
}

export interface ClaimOptions {
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
  readonly whileBusy: WhileBusy;
  /** How many waiting messages of the same sender are taken together at most (`collect`). */
  readonly collectMax: number;
}

export type ClaimResult =
  | { readonly status: "claimed"; readonly claimed: ClaimedTask }
  | { readonly status: "nothing" }
  /** The next task is backing off. */
  | { readonly status: "later"; readonly at: number };

export interface WaitingSession {
  readonly session: SessionKey;
  readonly kind: TaskKind;
}

export interface NewReply {
  readonly reply: ReplyStep;
  /** The calls it asked for: their intents, in the same transaction. */
  readonly calls: readonly CallStep[];
  /** Absent where nothing was spent. */
  readonly usage?: UsageRecord;
}

export interface UsageRecord {
  readonly model: string;
  readonly role: string;
  readonly usage: Usage;
  readonly usd: number;
  readonly durationMs: number;
  /** The call broke off; its numbers are an estimate. */
  readonly failure?: ErrorCode;
}

export interface FinishedCall {
  readonly n: number;
  readonly result: CallResult;
}

export interface AuditRecord {
  readonly at: number;
  readonly session: SessionKey | null;
  readonly task: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly decision: string;
  readonly reason: string;
  /** Of a tool: its arguments, without secrets, bounded. */
  readonly details?: string;
}

/** What a look along the chain of the audit found: the first record that is not as it was written, or that is missing. */
export interface AuditCheck {
  readonly records: number;
  readonly fault: string | undefined;
}

export interface FinishOptions {
  readonly outcome: TaskOutcome;
  readonly now: number;
  readonly isPushed: boolean;
  /** The last reply, when the task ends with it: one commit for both. */
  readonly last?: NewReply;
  /** Results that came with the end. */
  readonly calls?: readonly FinishedCall[];
}

/** What a commit of a task's steps gives back. */
export interface StepsCommitted {
  /** Numbers of the new steps in their task, in the order given. */
  readonly numbers: readonly number[];
}

export interface Finished {
  /** Nothing else waits in the session. */
  readonly isLineEmpty: boolean;
  /** Of the session's transcript. */
  readonly lastStep: number;
}

export interface WithdrawOutcome {
  readonly status: WithdrawResult;
  /** The task to stop, with all it spawned, where the message was its only one. */
  readonly task?: string;
}

/** `taken`: this press was the first. */
export type PressResult =
  | { readonly status: "taken" | "used" | "expired"; readonly button: Button }
  | { readonly status: "unknown" };

/** Something a channel itself must remember across a crash: a connection's end, an open stream. */
export interface Memo {
  readonly key: string;
  readonly value: Json;
  readonly at: number;
}

export type CancelResult = "cancelled" | "asked" | "over" | "unknown";

export interface CancelOutcome {
  readonly result: CancelResult;
  /** What it had spawned, and what those had, as far as it was not over; as they were before. */
  readonly children: readonly Task[];
}

export interface TaskFilter {
  readonly session?: SessionKey;
  /** Those that were spawned from this session. */
  readonly parentSession?: SessionKey;
  readonly isOpen?: boolean;
  readonly limit: number;
}

export interface Store extends AsideLedger, ScheduleStore, SessionLife {
  // the way in
  accept(message: InboundMessage, options: AcceptOptions): Promise<AcceptResult>;
  /** The message with this key says something else now; `note` is what the model is told where its work has begun. */
  amend(key: string, text: string, note: string, now: number): Promise<AmendResult>;
  /** The message with this key is taken back: nothing is delivered about it. `note` tells the model where others are worked with it. */
  withdraw(key: string, note: string, now: number): Promise<WithdrawOutcome>;

  // the line
  /** Sessions that have a task to run, oldest first: for start-up and reconciling. */
  waitingSessions(limit: number): Promise<readonly WaitingSession[]>;
  claim(session: SessionKey, options: ClaimOptions): Promise<ClaimResult>;
  /** Gives back tasks whose holder is gone; called by a process that knows itself to be the only owner. Returns how many. */
  releaseAbandoned(exceptOwner: string): Promise<number>;
  renew(fences: readonly Fence[], leaseUntil: number): Promise<void>;

  // a running task; every call checks the fence
  /** Messages of the same sender that arrived meanwhile, taken into the task as `said` steps. */
  takeSteering(fence: Fence, now: number): Promise<readonly StoredMessage[]>;
  appendReply(fence: Fence, reply: NewReply, now: number): Promise<StepsCommitted>;
  finishCalls(fence: Fence, calls: readonly FinishedCall[], audit: readonly AuditRecord[], now: number): Promise<void>;
  appendNote(fence: Fence, note: NoteStep, now: number): Promise<StepsCommitted>;
  /** What came with a message, once it was fetched. */
  appendSaid(fence: Fence, said: SaidStep, now: number): Promise<StepsCommitted>;
  /** Live text that was shown is void: a new event, whose number is returned, after which it starts again. */
  resetText(fence: Fence, now: number): Promise<number>;
  /** Task over, messages disposed, what must be said stored, session free: one transaction. */
  finish(fence: Fence, options: FinishOptions): Promise<Finished>;
  /** Asks for consent to a call, unless it was asked for already. */
  requestApproval(fence: Fence, approval: NewApproval, now: number): Promise<void>;
  /** An approval's state as the call is about to run; one that was given is used up by this. */
  takeApproval(fence: Fence, n: number, hash: string): Promise<Approval | undefined>;
  /** The task waits for a person and holds nothing meanwhile; back into the line at once if all was decided already. */
  wait(fence: Fence): Promise<void>;
  /** Back into the line, at its place, not before the time: for a retryable failure or a shutdown. */
  postpone(fence: Fence, notBefore: number, isFailure: boolean): Promise<void>;

  // control
  /** What works is asked to stop, what does not is over at once: the task and all it spawned. */
  cancel(
    task: string,
    options: { readonly now: number; readonly text: string; readonly isPushed: boolean },
  ): Promise<CancelOutcome>;
  /** The approval as it was before; undefined if there is none. Only an open one is decided, and its task goes back into the line. */
  decideApproval(id: string, decision: ApprovalDecision): Promise<Approval | undefined>;
  /** Open ones whose time has come. */
  overdueApprovals(now: number, limit: number): Promise<readonly Approval[]>;
  approval(id: string): Promise<Approval | undefined>;
  approvalOf(task: string, n: number): Promise<Approval | undefined>;
  /** False when another compaction of the session came first; then nothing is kept. One transaction. */
  saveCompaction(record: Compaction): Promise<boolean>;
  /** What a call took that leaves no step: a summary, one that broke off. Whoever holds the task: it is spent. */
  recordUsage(payer: Payer, usage: UsageRecord, now: number): Promise<void>;
  /** The model sees nothing before this any more. */
  startFresh(session: SessionKey, now: number): Promise<void>;

  // reading
  transcript(session: SessionKey): Promise<readonly Step[]>;
  /** What a view is built from: the last compaction that counts and the steps after it. */
  shownSteps(session: SessionKey): Promise<ShownSteps>;
  /** All steps of one task: its checkpoints. */
  taskSteps(task: string): Promise<readonly Step[]>;
  step(session: SessionKey, task: string, n: number): Promise<Step | undefined>;
  eventsAfter(session: SessionKey, n: number, limit: number): Promise<readonly SessionEvent[]>;
  lastEvent(session: SessionKey): Promise<number>;
  task(id: string): Promise<Task | undefined>;
  tasks(filter: TaskFilter): Promise<readonly Task[]>;
  messageOf(key: string): Promise<StoredMessage | undefined>;
  messagesOfTask(task: string): Promise<readonly StoredMessage[]>;
  /** Messages of a channel without a disposition, the latest first. */
  openMessages(channel: string, limit: number): Promise<readonly StoredMessage[]>;
  hasSession(session: SessionKey): Promise<boolean>;
  /** Who said the latest messages of the session, or those that were the latest then. */
  askers(session: SessionKey, then?: number): Promise<readonly string[]>;
  /** Sessions of a channel in which something was said since then, the latest first. */
  sessionsSince(channel: string, since: number, limit: number): Promise<readonly SessionKey[]>;
  /** Sum of the usage from that moment on. */
  spent(whose: Spender, since: number): Promise<Amount>;
  /** Undefined where the conversation and those its agents work in have no such message. */
  fateOf(session: SessionKey, which: WhichMessage): Promise<MessageFate | undefined>;
  progress(task: string): Promise<TaskProgress | undefined>;
  /** What a task cost and what was decided in it. */
  account(task: string): Promise<TaskAccount>;
  /** Pieces of this session's log that hold what is asked, best first; no other session's, whatever the question holds. */
  searchLog(session: SessionKey, query: SearchQuery, limit: number): Promise<readonly SearchHit[]>;

  // what a channel keeps
  /** Durable at once unless told otherwise. */
  putMemo(channel: string, key: string, value: Json, now: number, durability?: Durability): Promise<void>;
  memo(channel: string, key: string): Promise<Memo | undefined>;
  /** Those whose key begins so, the oldest first. */
  memos(channel: string, prefix: string, limit: number): Promise<readonly Memo[]>;
  dropMemo(channel: string, key: string): Promise<void>;

  // buttons
  addButton(button: Button, now: number): Promise<void>;
  button(id: string): Promise<Button | undefined>;
  /** The first press of a button that has not expired takes it; all others only look. */
  takeButton(id: string, by: string, now: number): Promise<PressResult>;

  // the outbox
  hasPending(session: SessionKey): Promise<boolean>;
  pendingDeliveries(session: SessionKey | null, limit: number): Promise<readonly Delivery[]>;
  deliveryDone(key: string, receipt: DeliveryReceipt, now: number): Promise<void>;
  deliveryFailed(key: string, reason: string, isFinal: boolean, now: number): Promise<void>;

  /** Tells one listener, which must not throw, every event after its commit, in order, before the call that caused it resolves. */
  follow(listener: (fresh: readonly FreshEvent[]) => void): void;

  audit(record: AuditRecord): Promise<void>;
  verifyAudit(): Promise<AuditCheck>;
  counts(): Promise<StoreCounts>;
  /** Throws when the ledger cannot be written. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreCounts {
  readonly sessions: number;
  readonly queued: number;
  readonly running: number;
  readonly undelivered: number;
}
