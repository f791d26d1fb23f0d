// The ledger's port. Narrow and asynchronous: each call is one transaction, and when it resolves it is durable. Knows no
// engine; the suite every implementation must pass is test/storage/store-contract.ts.
//
// Rules no caller can break: order numbers are given out inside the transaction; a message key exists once; at most one task of
// a session runs; a write with an old fence changes nothing and throws `fenced`.

import type { Compaction } from "./compaction.ts";
import type { Delivery, DeliveryReceipt } from "./delivery.ts";
import type { AcceptResult, InboundMessage, SessionKey, StoredMessage, WhileBusy } from "./message.ts";
import type { Usage } from "./model.ts";
import type { SessionEvent } from "./session-event.ts";
import type { CallResult, CallStep, NoteStep, ReplyStep, Step, StepBody } from "./step.ts";
import type { ClaimedTask, Fence, Task, TaskOutcome } from "./task.ts";
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
  readonly usage: UsageRecord;
}

export interface UsageRecord {
  readonly model: string;
  readonly role: string;
  readonly usage: Usage;
  readonly usd: number;
  readonly durationMs: number;
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
}

export interface FinishOptions {
  readonly outcome: TaskOutcome;
  readonly now: number;
  readonly isPushed: boolean;
  /** The last reply, when the task ends with it: one commit for both. */
  readonly last?: NewReply;
}

/** What a commit of a task's steps gives back. */
export interface StepsCommitted {
  /** Numbers of the new steps in their task, in the order given. */
  readonly numbers: readonly number[];
  readonly lastEvent: number;
}

export interface SteeringTaken {
  readonly messages: readonly StoredMessage[];
  readonly lastEvent: number;
}

export type CancelResult = "cancelled" | "asked" | "over" | "unknown";

export interface TaskAccount {
  readonly models: readonly {
    readonly model: string;
    readonly calls: number;
    readonly usage: Usage;
    readonly usd: number;
  }[];
  readonly decisions: readonly Pick<AuditRecord, "subject" | "decision" | "reason">[];
}

export interface ShownSteps {
  readonly record: Compaction | undefined;
  /** The number of the session's latest compaction, also one that no longer counts. */
  readonly latest: number;
  /** The last step that `/new` left behind. */
  readonly freshFrom: number;
  readonly steps: readonly Step[];
}

export interface TaskFilter {
  readonly session?: SessionKey;
  readonly isOpen?: boolean;
  readonly limit: number;
}

export interface Store {
  // the way in
  accept(message: InboundMessage, options: AcceptOptions): Promise<AcceptResult>;

  // the line
  /** Sessions that have a task to run, oldest first: for start-up and reconciling. */
  waitingSessions(limit: number): Promise<readonly WaitingSession[]>;
  claim(session: SessionKey, options: ClaimOptions): Promise<ClaimResult>;
  /** Gives back tasks whose holder is gone; called by a process that knows itself to be the only owner. Returns how many. */
  releaseAbandoned(exceptOwner: string): Promise<number>;
  renew(fences: readonly Fence[], leaseUntil: number): Promise<void>;

  // a running task; every call checks the fence
  /** Messages of the same sender that arrived meanwhile, taken into the task as `said` steps. */
  takeSteering(fence: Fence, now: number): Promise<SteeringTaken | undefined>;
  appendReply(fence: Fence, reply: NewReply, now: number): Promise<StepsCommitted>;
  finishCalls(
    fence: Fence,
    calls: readonly FinishedCall[],
    audit: readonly AuditRecord[],
    now: number,
  ): Promise<StepsCommitted>;
  appendNote(fence: Fence, note: NoteStep, now: number): Promise<StepsCommitted>;
  /** Live text that was shown is void: a new event, after which it starts again. */
  resetText(fence: Fence, now: number): Promise<StepsCommitted>;
  /** Task over, messages disposed, what must be said stored, session free: one transaction. */
  finish(fence: Fence, options: FinishOptions): Promise<void>;
  /** Back into the line, at its place, not before the time: for a retryable failure or a shutdown. */
  postpone(fence: Fence, notBefore: number, isFailure: boolean): Promise<void>;

  // control
  cancel(
    task: string,
    options: { readonly now: number; readonly text: string; readonly isPushed: boolean },
  ): Promise<CancelResult>;
  /** False when another compaction of the session came first; then nothing is kept. One transaction. */
  saveCompaction(record: Compaction, usage: readonly UsageRecord[]): Promise<boolean>;
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
  spentUsd(task: string): Promise<number>;
  /** What a task cost and what was decided in it. */
  account(task: string): Promise<TaskAccount>;
  /** Pieces of this session's log that hold what is asked, best first; no other session's, whatever the question holds. */
  searchLog(session: SessionKey, query: SearchQuery, limit: number): Promise<readonly SearchHit[]>;

  // the outbox
  pendingDeliveries(session: SessionKey | null, limit: number): Promise<readonly Delivery[]>;
  deliveryDone(key: string, receipt: DeliveryReceipt, now: number): Promise<void>;
  deliveryFailed(key: string, reason: string, isFinal: boolean, now: number): Promise<void>;

  audit(record: AuditRecord): Promise<void>;
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

/** How the log becomes searchable. The tokens are made above the store; an engine adds nothing to them and takes nothing away. */
export interface LogTokens {
  /** Another version makes other tokens: what was indexed under an earlier one is indexed anew. */
  readonly version: string;
  /** The pieces of a finished step, in their order; [] for what is not to be found. */
  readonly piecesOf: (step: Step) => readonly SearchPiece[];
}

/** A part of a step that is found as one. Its tokens are made when they are asked for: a step may have hundreds of pieces. */
export interface SearchPiece {
  /** Its first character in the step's whole text. */
  readonly start: number;
  readonly length: number;
  readonly speaker: string;
  /** Asks and tells nothing. */
  readonly isQuestion: boolean;
  tokens(): PieceTokens;
  /** The tokens of its beginning: what its neighbours are found by as well. */
  head(): string;
}

/** Each parted by spaces. */
export interface PieceTokens {
  readonly body: string;
  /** Who spoke, or which tool with which arguments. */
  readonly meta: string;
  readonly dates: string;
}

/** What is looked for: a piece that holds any of it, the more and the rarer the better. Plain words, never an engine's syntax. */
export interface SearchQuery {
  readonly words: readonly string[];
  /** Single characters of scripts without spaces; an engine leaves out those that too many pieces hold. */
  readonly characters: readonly string[];
  readonly dates: readonly string[];
}

export interface SearchHit {
  readonly task: string;
  readonly n: number;
  readonly kind: StepBody["kind"];
  readonly at: number;
  readonly start: number;
  readonly speaker: string;
  readonly isQuestion: boolean;
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
}
