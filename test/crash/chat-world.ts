// What the crash test needs of a simulated chat platform: people who talk in its rooms, a hand on what it takes from the bot, and a
// look at what people see in the end. A room is one conversation: a thread or topic, a group, a direct chat.

export type Transport = "socket" | "http";

/** One message, as the one who said it has it in hand. */
export interface Spoken {
  /** Of a platform that tells nobody it stays what was heard. */
  edit(text: string): void;
  takeBack(): void;
  /** The platform tells it once more. */
  tellAgain(): void;
}

export interface ChatWorld extends AsyncDisposable {
  /** The module of the program with this platform's channel, and what its channel is told. */
  readonly child: string;
  readonly settings: unknown;
  readonly rooms: readonly string[];
  /** Things the platform may have taken when the program dies. */
  readonly takenKinds: readonly string[];
  say(room: string, text: string): Spoken;
  /** Where the program takes events, in its present life. */
  listensAt(url: string): Promise<void>;
  /** Whatever waits for another try is tried now. */
  tellWaiting(): void;
  /** Everything that happened is told, or given up. */
  isTold(): boolean;
  /** Calls once the platform has taken the nth thing of this kind, before it answers; nothing more of it after `disarm`. */
  whenTaken(kind: string, nth: number, call: () => void): void;
  disarm(): void;
  /** Calls whenever anything changed; returns how to leave. */
  watch(look: () => void): () => void;
  /** What people see of the bot there, in order. */
  seen(room: string): readonly string[];
  /** What must not be there once all is quiet: something still being typed, a sign, a stop button. */
  leftOpen(): readonly string[];
  /** Rules of the platform that were broken. */
  violations(): readonly string[];
}
