// Which conversation a message belongs to, by the configured scope, and back: from a conversation to its chat and thread.
//
//   chat    slack:<team>:<channel>
//   thread  slack:<team>:<channel>:<ts of the thread's root>
//   user    slack:<team>:<channel>:<user>
//
// The answer always goes into the thread of the message that asks; the scope only says what is remembered together.

import type { SessionKey } from "../../core/message.ts";
import type { ChatRules, SessionScope } from "../../core/platform-settings.ts";

export interface Spot {
  readonly team: string;
  readonly channel: string;
  /** The root of the thread; a message on its own is the root of its own. */
  readonly root: string;
  readonly user: string;
  readonly isDm: boolean;
}

export const scopeOf = (rules: ChatRules, isDm: boolean): SessionScope => (isDm ? rules.scopes.dm : rules.scopes.group);

export function sessionOf(spot: Spot, rules: ChatRules): SessionKey {
  const chat = `slack:${spot.team}:${spot.channel}`;
  switch (scopeOf(rules, spot.isDm)) {
    case "chat":
      return chat;
    case "thread":
      return `${chat}:${spot.root}`;
    case "user":
      return `${chat}:${spot.user}`;
  }
}

/** Identifies a message, whatever events tell of it. */
export const messageKey = (team: string, channel: string, ts: string): string => `slack:${team}:${channel}:${ts}`;

export const isDirect = (channel: string, channelType?: string): boolean =>
  channelType === "im" || channel.startsWith("D");

const TS = /^\d+\.\d+$/;

export interface KnownPlace {
  readonly channel: string;
  readonly root: string | undefined;
}

/** Undefined for a session of another workspace or channel. */
export function placeOf(session: SessionKey, team: string): KnownPlace | undefined {
  const [channelName, sessionTeam, channel, last] = session.split(":");
  if (channelName !== "slack" || sessionTeam !== team || !channel) return undefined;
  return { channel, root: last !== undefined && TS.test(last) ? last : undefined };
}

/** Timestamps as digits: as floating-point numbers two of one millisecond are the same. */
export function compareTs(one: string, other: string): number {
  const difference = micros(one) - micros(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const tsToMs = (ts: string): number => Number(micros(ts) / 1_000n);

export const msToTs = (ms: number): string =>
  `${Math.floor(ms / 1_000)}.${String(Math.floor(ms) % 1_000).padStart(3, "0")}000`;

function micros(ts: string): bigint {
  const [seconds = "0", digits = ""] = ts.split(".");
  return /^\d+$/.test(seconds + digits) ? BigInt(seconds) * 1_000_000n + BigInt(digits.padEnd(6, "0").slice(0, 6)) : 0n;
}
