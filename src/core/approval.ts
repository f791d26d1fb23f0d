// A person's consent to one call: asked for once, bound to exactly these arguments of exactly this call, given or refused by
// somebody who may, used once. It is in the ledger, so it waits for days and survives every restart.

import type { ShownButton } from "./button.ts";
import type { SessionKey } from "./message.ts";

/** `used`: given, and the call was begun. `over`: the task ended without it. */
export type ApprovalState = "open" | "approved" | "denied" | "expired" | "used" | "over";

export interface Approval {
  readonly id: string;
  readonly session: SessionKey;
  readonly task: string;
  /** The call's step in its task; below nothing for consent to go over a budget. */
  readonly n: number;
  /** Its name, or a budget's (`budgetSubject`). */
  readonly tool: string;
  /** Of the tool and its arguments, as they were shown. */
  readonly hash: string;
  /** The person whose words are being worked. */
  readonly asker: string;
  readonly state: ApprovalState;
  readonly expiresAt: number;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly reason: string | null;
}

export interface NewApproval {
  readonly id: string;
  readonly n: number;
  readonly tool: string;
  readonly hash: string;
  readonly expiresAt: number;
  /** What people are asked, and with which buttons. */
  readonly text: string;
  readonly buttons: readonly ShownButton[];
  readonly isPushed: boolean;
}

export interface ApprovalDecision {
  readonly state: "approved" | "denied" | "expired";
  readonly by: string;
  readonly reason: string | null;
  readonly now: number;
  /** What people are told. */
  readonly text: string;
  readonly isPushed: boolean;
}
