// A button under something we said: an opaque id that a channel shows and hands back when somebody presses it. What it does, who
// may press it and whether it was pressed already is in the ledger, never in the button.

import type { Sender, SessionKey } from "./message.ts";

/** `stop` ends the task; the others decide an approval. */
export type ButtonKind = "stop" | "approve" | "deny";

export interface Button {
  readonly id: string;
  readonly kind: ButtonKind;
  readonly session: SessionKey;
  readonly task: string;
  /** The approval it decides. */
  readonly subject?: string;
  readonly expiresAt: number;
}

/** A button as it is shown: under a delivery or an event. */
export interface ShownButton {
  readonly id: string;
  readonly kind: ButtonKind;
  readonly label: string;
}

/** Somebody pressed it; the person is as untrusted as any other sender. */
export interface Press {
  readonly id: string;
  readonly by: Sender;
}

/** For the person who pressed it. */
export interface Pressed {
  readonly isDone: boolean;
  readonly text: string;
}
