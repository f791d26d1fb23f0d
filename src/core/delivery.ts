// What must be said to a platform: stored before it is sent, sent in the order of its session, with an idempotency key.

import type { SentFile } from "./aside.ts";
import type { ShownButton } from "./button.ts";
import type { Json } from "./json.ts";
import type { Sender, SessionKey } from "./message.ts";

export interface Delivery {
  /** The idempotency key: the same for every try. */
  readonly key: string;
  readonly session: SessionKey;
  readonly channel: string;
  /** Rising in the session; deliveries of a session go out in this order. */
  readonly n: number;
  /** `card`: a spawned task is announced; a channel that can keeps it up to date while `task` works. */
  readonly kind: "answer" | "failure" | "cancelled" | "notice" | "file" | "mention" | "card";
  readonly task: string | null;
  readonly replyTo: Json;
  readonly text: string;
  /** Shown under the text; a channel that cannot shows the text, which names the commands that do the same. */
  readonly buttons?: readonly ShownButton[];
  /** The platform's id of an earlier message of ours that this one takes the place of, where the platform can change it. */
  readonly replaces?: string;
  /** Of the kind `file`: its text stands with it, perhaps none. */
  readonly file?: SentFile;
  /** Of the kind `mention`: the one who is called, to whom the text is said. */
  readonly mention?: Sender;
  readonly tries: number;
  readonly createdAt: number;
}

export interface DeliveryReceipt {
  /** The platform's id of what was sent, for later edits. */
  readonly platformId?: string;
}

/** The task whose end this delivery tells; what is said beside an answer, and a notice, end nothing. */
export const endedTask = ({ kind, task }: Pick<Delivery, "kind" | "task">): string | null =>
  kind === "answer" || kind === "failure" || kind === "cancelled" ? task : null;
