// What the bench needs of a simulated chat platform: threads to speak in, and to be told what people see there.

import { REPLY_PIECES } from "./protocol.ts";

/** Told in the moment the platform has taken it, which is when people see it. */
export interface Onlooker {
  /** A sign that the bot has heard: a status, a reaction, the answer itself. */
  sign(): void;
  /** The whole answer stands there. */
  answer(): void;
}

export interface ChatThread {
  /** Somebody mentions the bot. */
  mention(text: string, onlooker: Onlooker): void;
}

export interface ChatPlatform extends AsyncDisposable {
  /** What a bot must know of it, as environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A thread or topic in a place of its own: in one place a bot may not speak as fast as it can. */
  openThread(): ChatThread;
  /** The bot runs: its events come this way from now on. */
  connect(url: string): Promise<void>;
  /** How often each address was called since the last look. */
  callsSince(): Readonly<Record<string, number>>;
  /** Events that the bot acknowledged after more than the platform's 3 s; they are told again. */
  lateAcks(): number;
  /** Mentions without just one answer, and rules of the platform that were broken; with how often. */
  violations(): readonly string[];
}

export const WHOLE_ANSWER = REPLY_PIECES.join("");

export function countOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export const tally = (names: readonly string[]): readonly string[] =>
  Object.entries(countOf(names)).map(([name, count]) => `${count} x ${name}`);
