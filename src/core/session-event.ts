// What people may see of a session, as a durable, numbered list: each event is written in the transaction of the fact it tells.
// Text that is still being written is not here; it lives in core/live.ts until its reply is committed.

import type { ShownButton } from "./button.ts";
import type { Disposition, SessionKey, StoredMessage } from "./message.ts";

export type SessionEventBody =
  | {
      readonly type: "message_accepted";
      readonly messageId: string;
      readonly taskId: string;
      readonly seq: number;
      readonly sender: string;
      readonly senderId: string;
      readonly text: string;
      readonly images?: number;
      /** How many are before it in the line; 0 = it runs at once. */
      readonly position: number;
    }
  /** The message never becomes work: the line is full, or it is a command and `text` its answer. */
  | {
      readonly type: "message_closed";
      readonly messageId: string;
      readonly disposition: Disposition;
      readonly text: string;
    }
  /** Work begins, or begins again after a crash or a break: live text that was not committed by `text_end` is void. */
  | {
      readonly type: "execution_start";
      readonly taskId: string;
      readonly messageIds: readonly string[];
      readonly attempt: number;
    }
  | { readonly type: "text_reset"; readonly taskId: string }
  /** A reply is committed; `text` is all of it (shown as the deltas that are still missing). */
  | { readonly type: "text_end"; readonly taskId: string; readonly text: string }
  | {
      readonly type: "tool_start";
      readonly taskId: string;
      readonly callId: string;
      readonly name: string;
      readonly arguments: string;
    }
  | {
      readonly type: "tool_end";
      readonly taskId: string;
      readonly callId: string;
      readonly name: string;
      readonly status: string;
      readonly summary: string;
    }
  /** The task waits until somebody who may decides; `text` says what is asked. */
  | {
      readonly type: "approval_requested";
      readonly taskId: string;
      readonly approvalId: string;
      readonly tool: string;
      readonly text: string;
      readonly buttons: readonly ShownButton[];
    }
  | {
      readonly type: "approval_decided";
      readonly taskId: string;
      readonly approvalId: string;
      readonly state: "approved" | "denied" | "expired";
      readonly text: string;
    }
  /** Said beside the answer; the file is had under its id. */
  | {
      readonly type: "file_sent";
      readonly taskId: string;
      readonly fileId: string;
      readonly name: string;
      readonly mediaType: string;
      readonly bytes: number;
      readonly text: string;
    }
  | { readonly type: "person_mentioned"; readonly taskId: string; readonly person: string; readonly text: string }
  /** An agent works for this session, in one of its own. */
  | { readonly type: "agent_started"; readonly taskId: string; readonly agent: string; readonly goal: string }
  | {
      readonly type: "agent_done";
      readonly taskId: string;
      readonly agent: string;
      readonly state: "done" | "failed" | "cancelled";
      readonly text: string;
    }
  /** A later message is worked by this task too (`whileBusy: steer` or `collect`); its own task is over. */
  | { readonly type: "message_joined"; readonly taskId: string; readonly messageId: string }
  | {
      readonly type: "execution_complete";
      readonly taskId: string;
      readonly messageIds: readonly string[];
      readonly state: "done" | "failed" | "cancelled";
      readonly cancelled: boolean;
      readonly error?: string;
      /** The whole answer, or the sentence that stands for it. */
      readonly text: string;
    };

export interface SessionEvent {
  readonly session: SessionKey;
  /** Rising in the session, from 1. */
  readonly n: number;
  readonly at: number;
  readonly body: SessionEventBody;
}

/** An event as it is told in the moment of its commit, to whoever would otherwise read it. */
export interface FreshEvent {
  readonly event: SessionEvent;
  /** Of an `execution_start`: what the task works on. */
  readonly messages?: readonly StoredMessage[];
}
