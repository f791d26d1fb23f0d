// How patient Socket Mode is; a test is less so.

export interface SocketTiming {
  /** From opening a connection to its hello. */
  readonly helloMs: number;
  /** Between two pings, and for how long nothing at all may be heard. */
  readonly pingMs: number;
  readonly silentMs: number;
  /** After so long without an event a connection that answers pings is replaced: it may be deaf. Within Slack's last retry. */
  readonly quietMs: number;
  /** A connection that has a successor may still bring and acknowledge. */
  readonly drainMs: number;
  readonly closeMs: number;
  /** Slack waits so long for an acknowledgement. */
  readonly ackMs: number;
  /** Before the second try to connect, doubled up to the longest. */
  readonly againMs: number;
  readonly againMsMax: number;
}

export const socketTiming: SocketTiming = {
  helloMs: 10_000,
  pingMs: 5_000,
  silentMs: 15_000,
  quietMs: 4 * 60_000,
  drainMs: 12_000,
  closeMs: 2_000,
  ackMs: 3_000,
  againMs: 500,
  againMsMax: 30_000,
};
