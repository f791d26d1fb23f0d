// One client's right to use the proxy: a name and a password made up for it, how many bytes it may move, what it was refused, and
// the connections that end with it.

import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";

export interface PassOptions {
  /** A rule on top of the proxy's own; a sentence refuses. Absent: every public host. */
  readonly refuse?: (host: string, port: number) => string | undefined;
  /** Both ways together, until it is renewed. */
  readonly bytesMax?: number;
}

export interface Refusal {
  readonly host: string;
  readonly reason: string;
}

/** What whoever asked for it may do. */
export interface ProxyPass {
  readonly username: string;
  readonly password: string;
  /** Since the last renewal; the first ones, if there were very many. */
  refusals(): readonly Refusal[];
  isUsedUp(): boolean;
  /** All its bytes again, and no refusals. */
  renew(): void;
  /** Its connections end, and it lets nobody in any more. */
  close(): void;
}

/** What the proxy itself does with it. */
export interface HeldPass extends ProxyPass {
  readonly refuse: (host: string, port: number) => string | undefined;
  isGood(password: string): boolean;
  note(refusal: Refusal): void;
  /** Counts and holds a connection; false: there are too many already. */
  hold(connection: Duplex): boolean;
  /** Ends every connection of the pass when too much was moved. */
  count(bytes: number): void;
}

const BYTES_MAX = 50 * 1024 * 1024;
const CONNECTIONS_MAX = 64;
const REFUSALS_MAX = 20;

export function createPass(
  { refuse = () => undefined, bytesMax = BYTES_MAX }: PassOptions,
  onClose: () => void,
): HeldPass {
  const open = new Set<Duplex>();
  const secret = randomBytes(24);
  let refusals: Refusal[] = [];
  let left = bytesMax;

  const endAll = (): void => {
    for (const connection of open) connection.destroy();
  };

  return {
    username: randomBytes(9).toString("base64url"),
    password: secret.toString("base64url"),
    refuse,
    refusals: () => refusals,
    isUsedUp: () => left < 0,
    isGood: (password) => {
      const given = Buffer.from(password, "base64url");
      return given.length === secret.length && timingSafeEqual(given, secret);
    },
    renew: () => {
      refusals = [];
      left = bytesMax;
    },
    close: () => {
      onClose();
      endAll();
    },
    note: (refusal) => {
      if (refusals.length < REFUSALS_MAX) refusals.push(refusal);
    },
    hold: (connection) => {
      if (open.has(connection)) return true;
      if (open.size >= CONNECTIONS_MAX) return false;
      open.add(connection);
      connection.once("close", () => open.delete(connection));
      return true;
    },
    count: (bytes) => {
      left -= bytes;
      if (left < 0) endAll();
    },
  };
}
