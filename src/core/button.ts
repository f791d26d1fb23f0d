// A button under something we said: an opaque id that a channel shows and hands back when somebody presses it. What it does, who
// may press it and whether it was pressed already is in the ledger, never in the button.

import type { Sender, SessionKey } from "./message.ts";

/** `stop`: ends the task. */
export type ButtonKind = "stop";

export interface Button {
  readonly id: string;
  readonly kind: ButtonKind;
  readonly session: SessionKey;
  readonly task: string;
  readonly expiresAt: number;
}

/** Somebody pressed it; as a person he is as untrusted as any other sender. */
export interface Press {
  readonly id: string;
  readonly by: Sender;
}

/** For the person who pressed it. */
export interface Pressed {
  readonly isDone: boolean;
  readonly text: string;
}
