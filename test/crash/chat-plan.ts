// What the killed program of a chat channel is told, and which faults can be planted in it.

/**
 * `acknowledge-before-store`: and no catching up, which would mend it. `send-without-looking`: each try is taken for the first.
 * `forget-live`: nothing is kept of an answer that is being shown. `forget-signs`: nor of signs.
 */
export const CHAT_FAULTS = [
  "none",
  "acknowledge-before-store",
  "send-without-looking",
  "forget-live",
  "forget-signs",
] as const;
export type ChatFault = (typeof CHAT_FAULTS)[number];

export interface ChatPlan<Settings = unknown> {
  readonly folder: string;
  /** Where tools leave their traces; what is on it survives every crash, as the chat platform does. */
  readonly platform: string;
  /** Dies at this commit of its life, counted from 1; 0 = lives on. */
  readonly killAtCommit: number;
  readonly killMoment: "before" | "after";
  /** Counts only commits that hold such a unit. */
  readonly killOf?: string;
  readonly fault: ChatFault;
  /** Of its channel. */
  readonly settings: Settings;
}
