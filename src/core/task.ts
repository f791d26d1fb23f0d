// A task: work with a life. One type for chat turns, sub-agents and command-line tasks; they differ only in their profile.

import type { ShownButton } from "./button.ts";
import type { ShownSteps } from "./compaction.ts";
import type { ErrorCode } from "./errors.ts";
import { type SessionKey, type StoredMessage, spawnedSession } from "./message.ts";
import type { Bound } from "./skill.ts";
import type { Step } from "./step.ts";
import type { TaskKind } from "./task-kind.ts";

/** `waiting`: for a person or a child; the later issues use it. */
export type TaskState = "queued" | "running" | "waiting" | "done" | "failed" | "cancelled";

export interface Task {
  readonly id: string;
  readonly kind: TaskKind;
  readonly session: SessionKey;
  readonly channel: string;
  readonly agent: string;
  /** The person whose rights the task has. */
  readonly asker: string;
  /** The task that spawned it. */
  readonly parent: string | null;
  /** The session it was spawned from, which its result belongs to. */
  readonly parentSession: string | null;
  /** What bound the task that spawned it: it has at most that (P5). */
  readonly bounds: readonly Bound[];
  readonly state: TaskState;
  /** Claims since the last committed step; bounds how often one message may take the process down. */
  readonly attempts: number;
  /** How often it was put back after a retryable failure. */
  readonly failures: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly traceId: string;
  readonly reason: string | null;
}

/** Where a task was spawned, and its result belongs. */
export interface SpawnedFrom {
  readonly session: SessionKey;
  readonly task: string | null;
  /** What it may use at most. */
  readonly bounds: readonly Bound[];
  /** How it is announced; absent: it is said to a task that is announced already. */
  readonly card?: { readonly text: string; readonly stop: ShownButton; readonly stopUntil: number };
}

/** Spawned, and not something that was said to a spawned one. */
export const isSpawned = ({ id, session, parentSession }: Pick<Task, "id" | "session" | "parentSession">): boolean =>
  parentSession !== null && session === spawnedSession(parentSession, id);

/** How far a task is, as people are shown it. */
export interface TaskProgress {
  readonly task: Task;
  /** What it was asked first. */
  readonly goal: string;
  /** Tools whose calls have no result yet. */
  readonly tools: readonly string[];
  /** Of all its model calls that are over. */
  readonly tokens: number;
  readonly usd: number;
}

/** Names one holding of a task. Every write of a running task is checked against it; an older holder gets `fenced`. */
export interface Fence {
  readonly task: string;
  readonly session: SessionKey;
  readonly owner: string;
  readonly number: number;
}

/** A task in hand, with all that is needed to go on from its last committed step. */
export interface ClaimedTask {
  readonly task: Task;
  readonly fence: Fence;
  /** What was asked, in order: one message, or several of one sender that were collected. */
  readonly messages: readonly StoredMessage[];
  /** Its checkpoints, as they are with this claim. */
  readonly steps: readonly Step[];
  /** What the model would be shown of its session, as it is with this claim. */
  readonly shown: ShownSteps;
  /** Somebody asked to stop it, perhaps before a crash. */
  readonly isCancelRequested: boolean;
  /** The last event of the session when the claim was committed: where live text starts. */
  readonly lastEvent: number;
}

export type TaskOutcome =
  | { readonly state: "done"; readonly text: string }
  | {
      readonly state: "failed";
      readonly code: ErrorCode;
      readonly text: string;
      /** For the model of the session it worked for, and for nobody else. */
      readonly forModel?: string;
    }
  | { readonly state: "cancelled"; readonly text: string };
