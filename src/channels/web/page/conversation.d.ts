// What the page shows of one session, as data; conversation.js makes it from events. Knows nothing of the browser.

import type { SessionEventBody } from "../../../core/session-event.ts";

/** An event as it travels: `text_end` without its text, and the deltas that are never stored. */
export type WireEvent = { readonly id?: number | undefined; readonly at?: number } & (
  | Exclude<SessionEventBody, { readonly type: "text_end" | "file_sent" }>
  | (Extract<SessionEventBody, { readonly type: "file_sent" }> & { readonly url: string })
  | { readonly type: "text_end"; readonly taskId: string }
  | { readonly type: "text_delta"; readonly taskId: string; readonly text: string }
);

export interface MessageEntry {
  readonly kind: "message";
  readonly messageId: string;
  readonly seq: number;
  readonly sender: string;
  readonly senderId: string;
  readonly text: string;
  readonly images: number;
  readonly at: number | undefined;
}

export interface TextEntry {
  readonly kind: "text";
  readonly text: string;
  /** Still being written: a restart or a reset makes it void. */
  readonly open: boolean;
  /** The task ended before this reply was whole. */
  readonly unfinished?: boolean;
}

export interface ToolEntry {
  readonly kind: "tool";
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
  /** Absent while it runs. */
  readonly status?: string;
  readonly summary?: string;
}

/** Somebody's consent is asked for. */
export interface ApprovalEntry {
  readonly kind: "approval";
  readonly approvalId: string;
  readonly text: string;
  readonly buttons: readonly { readonly id: string; readonly kind: string; readonly label: string }[];
  /** How it was decided; absent while it is open. */
  readonly decided?: string;
}

/** Said beside the answer: a file, with where it is had, or words to one person. */
export interface AsideEntry {
  readonly kind: "aside";
  readonly asideId: string;
  readonly text: string;
  readonly person?: string;
  readonly file?: { readonly name: string; readonly mediaType: string; readonly bytes: number; readonly url: string };
}

/** An agent works on something, beside the line. */
export interface AgentEntry {
  readonly kind: "agent";
  readonly agent: string;
  readonly goal: string;
}

export type Entry = MessageEntry | TextEntry | ToolEntry | ApprovalEntry | AsideEntry | AgentEntry;

export type TurnState = "waiting" | "running" | "done" | "failed" | "cancelled" | "refused";

/** One task: the messages it answers and what came of them, in the order it came. */
export interface Turn {
  /** The message's id where there is no task: a command, a message that found the line full. */
  readonly taskId: string;
  /** Its place in the session's line. */
  readonly seq: number;
  readonly state: TurnState;
  readonly attempt: number;
  readonly entries: readonly Entry[];
  /** The sentence that stands for the answer of a failed, cancelled or refused turn. */
  readonly outcome?: string;
  readonly error?: string;
}

export interface Conversation {
  /** The last event that was taken in; where to go on after a break. */
  readonly lastId: number;
  /** In the order of the line. */
  readonly turns: readonly Turn[];
}

export const emptyConversation: Conversation;
export function reduce(conversation: Conversation, event: WireEvent): Conversation;
/** How many turns are before each waiting one, by task id. */
export function positions(conversation: Conversation): Map<string, number>;
/** The turn that is being worked on, or else the next in the line. */
export function activeTurn(conversation: Conversation): Turn | undefined;
export function lastSeq(conversation: Conversation): number;
export function findMessage(conversation: Conversation, messageId: string): MessageEntry | undefined;
export function isOpen(turn: Turn): boolean;
/** The turn is an agent's, who holds nobody up. */
export function isBeside(turn: Turn): boolean;
export function answerOf(turn: Turn): string;
