// What the ledger tells of a message and its task, for those who ask why: what was decided, what it took, what was sent.

import type { Approval } from "./approval.ts";
import type { Delivery } from "./delivery.ts";
import type { Disposition, StoredMessage } from "./message.ts";
import type { Usage } from "./model.ts";
import type { Task } from "./task.ts";

/** Whose usage is summed up. */
export type Spender =
  | { readonly task: string }
  | { readonly person: string }
  | { readonly chat: string }
  | { readonly everybody: true };

/** One record of the audit. */
export interface Decision {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly decision: string;
  readonly reason: string;
}

export interface TaskAccount {
  readonly models: readonly {
    readonly model: string;
    /** Why these calls broke off; null for those that gave a reply. */
    readonly failure: string | null;
    readonly calls: number;
    readonly usage: Usage;
    readonly usd: number;
  }[];
  readonly decisions: readonly Decision[];
  readonly approvals: readonly Approval[];
  /** How often it was begun: once more after each crash and each retry. */
  readonly claims: number;
  /** Before then it is not tried again. */
  readonly notBefore: number;
}

/** Which message: the last but so many that was said in a conversation, commands aside; or the one with this id or task. */
export type WhichMessage = { readonly back: number } | { readonly id: string };

/** What became of a message. */
export interface MessageFate {
  readonly message: StoredMessage;
  /** Null while it waits or is worked. */
  readonly disposition: Disposition | null;
  readonly reason: string | null;
  readonly closedAt: number | null;
  /** How many tasks of its conversation come before its own. */
  readonly before: number;
  /** Tasks of agents that it, or its task, called. */
  readonly spawned: readonly Task[];
  /** All that was, or is to be, sent about it. */
  readonly deliveries: readonly DeliveryFate[];
}

export interface DeliveryFate {
  readonly kind: Delivery["kind"];
  readonly state: "pending" | "sent" | "failed";
  readonly tries: number;
  readonly platformId: string | null;
  readonly closedAt: number | null;
}
