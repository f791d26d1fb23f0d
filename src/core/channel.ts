// The contract of a channel adapter. It verifies and normalises what comes in, hands it to the inbox, and shows what goes out.
// It knows nothing of tasks running, of how things are stored, or of other channels.

import type { Carried } from "./aside.ts";
import type { ButtonKind, Press, Pressed } from "./button.ts";
import type { Clock, Ids, Random } from "./clock.ts";
import type { Delivery, DeliveryReceipt } from "./delivery.ts";
import type { Live } from "./live.ts";
import type { Log } from "./log.ts";
import type { AcceptResult, AmendResult, FileReference, InboundMessage, WithdrawResult } from "./message.ts";
import type { Store } from "./store.ts";

export interface Inbox {
  /**
   * Resolves once the message is stored: only then may the platform be told so (P1). Throws AppError when it could not be. `seen` is for what
   * is only for show: it is called once, before that, and mostly before the disk has it.
   */
  accept(message: InboundMessage, seen?: (result: AcceptResult) => void): Promise<AcceptResult>;
  /** The person changed what was said. While it waits the line takes the new text, later the model is told of the change. */
  amend(key: string, text: string): Promise<AmendResult>;
  /** The person took it back. While it waits it is dropped, while it is worked that is stopped; nothing is said about it. */
  withdraw(key: string): Promise<WithdrawResult>;
}

export interface Buttons {
  /** A new button for this task, durable before it is shown; returns its id. */
  make(kind: ButtonKind, task: string): Promise<string>;
  press(press: Press): Promise<Pressed>;
}

/** What a channel may look up in the ledger, and what it may keep there. */
export type ChannelLedger = Pick<
  Store,
  | "eventsAfter"
  | "lastEvent"
  | "hasSession"
  | "askers"
  | "sessionsSince"
  | "messagesOfTask"
  | "openMessages"
  | "messageOf"
  | "hasPending"
  | "pendingDeliveries"
  | "task"
  | "tasks"
  | "fileContent"
  | "progress"
  | "putMemo"
  | "memo"
  | "memos"
  | "dropMemo"
>;

/** Given to a channel when it is made. */
export interface ChannelParts {
  readonly inbox: Inbox;
  readonly buttons: Buttons;
  readonly ledger: ChannelLedger;
  readonly live: Live;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
}

export type SendOutcome =
  | { readonly status: "sent"; readonly receipt: DeliveryReceipt }
  /** It did not reach the platform; try again, not before the delay. */
  | { readonly status: "retry"; readonly reason: string; readonly afterMs?: number }
  /** Nobody knows; look it up before it is repeated. */
  | { readonly status: "uncertain"; readonly reason: string }
  /** The platform will never take it (the chat is gone, the bot was removed). */
  | { readonly status: "refused"; readonly reason: string };

/** How a channel sends. Absent on a channel: people read the session's events themselves, nothing is pushed. */
export interface Sender {
  /** Must not throw: what went wrong is the outcome. */
  send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome>;
  /**
   * For a delivery that may have been sent before: the receipt if the platform has it. Absent: `send` itself is safe to
   * repeat, because the platform drops a second one with the same key or because it looks for itself.
   */
  find?(delivery: Delivery, signal: AbortSignal): Promise<DeliveryReceipt | undefined>;
}

export interface FetchedFile {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface Channel {
  readonly name: string;
  readonly sender?: Sender;
  /** What its messages may carry besides text; absent: nothing. */
  readonly carries?: readonly Carried[];
  /** The HTTP paths it answers (`/slack/events`), if any. */
  readonly http?: ChannelHttp;
  /** Fetches what came with a message; throws AppError `file-unavailable` when it cannot be had or is larger than `bytesMax`. */
  fetchFile?(file: FileReference, bytesMax: number, signal: AbortSignal): Promise<FetchedFile>;
  /** Resolves when it is connected; throws AppError with what to mend. */
  start(): Promise<void>;
  /** Takes nothing more in; what is going out may finish. */
  stop(): Promise<void>;
  /** Empty when all is well; else why it is not connected. */
  trouble(): string | undefined;
}

export interface ChannelHttp {
  /** First segments of the paths it answers: `/api`, `/slack`. */
  readonly paths: readonly string[];
  /** Its requests carry a platform's own signature, which the channel checks: they need no admin token. */
  readonly isSigned?: boolean;
  fetch(request: Request): Response | Promise<Response>;
}
