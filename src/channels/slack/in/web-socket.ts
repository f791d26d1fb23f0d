// One Socket Mode connection: opened by a ticket, up at its hello, watched by pings, drained when another has taken its place.

import { WebSocket } from "ws";
import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { Receive } from "../bolt-app.ts";
import type { SocketTiming } from "./socket-timing.ts";

export interface ConnectionParts {
  readonly url: string;
  readonly receive: Receive;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing: SocketTiming;
  /** Its hello was heard; nothing it brings is received before this returns. */
  readonly onUp: (connection: SlackConnection) => void;
  /** Slack says that this connection will end: another is wanted first. */
  readonly onLeaving: (reason: string) => void;
  /** It is gone without a word. */
  readonly onLost: (connection: SlackConnection) => void;
  /** It brings nothing any more, by whoever's doing. */
  readonly onOver: (connection: SlackConnection) => void;
  /** It is up, but nothing was heard for so long that it may be deaf. */
  readonly onQuiet: (connection: SlackConnection) => void;
}

export interface SlackConnection {
  /** When Slack was last heard on it, be it only a pong. */
  heardAt(): number;
  /** When it last brought something, or came up. */
  broughtAt(): number;
  /** Lets what it brought be acknowledged, then closes it. */
  drain(): void;
  /** Closes it at once. */
  end(): void;
}

const frame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello") }),
  z.object({ type: z.literal("disconnect"), reason: z.string().default("unknown") }),
  ...(["events_api", "interactive", "slash_commands"] as const).map((type) =>
    z.object({
      type: z.literal(type),
      envelope_id: z.string(),
      payload: z.unknown(),
      retry_attempt: z.number().optional(),
      retry_reason: z.string().optional(),
    }),
  ),
]);

const FRAME_BYTES_MAX = 4 * 1024 * 1024;

/** Resolves at the hello; rejects when it does not come. */
export function openConnection(parts: ConnectionParts): Promise<void> {
  const { url, receive, clock, log, timing } = parts;
  const socket = new WebSocket(url, { maxPayload: FRAME_BYTES_MAX, handshakeTimeout: timing.helloMs });
  let heardAt = clock.now();
  let broughtAt = clock.now();
  let state: "opening" | "up" | "draining" | "over" = "opening";
  let cancelTerminate = (): void => {};
  let cancelTimer = clock.after(timing.helloMs, () => fail(new Error("Slack did not say hello in time")));
  const opened = Promise.withResolvers<void>();

  const connection: SlackConnection = {
    heardAt: () => heardAt,
    broughtAt: () => broughtAt,
    drain: () => {
      if (state !== "up") return;
      state = "draining";
      cancelTimer();
      cancelTimer = clock.after(timing.drainMs, finish);
    },
    end: finish,
  };

  function fail(error: Error): void {
    finish();
    opened.reject(error);
  }

  function finish(): void {
    if (state === "over") return;
    state = "over";
    cancelTimer();
    socket.close();
    // Slack leaves TCP open for seconds after the handshake.
    cancelTerminate = clock.after(timing.closeMs, () => socket.terminate());
    parts.onOver(connection);
  }

  function lost(): void {
    const before = state;
    finish();
    cancelTerminate();
    socket.terminate();
    if (before === "opening") opened.reject(new Error("the connection was closed before it was up"));
    if (before === "up") parts.onLost(connection);
  }

  function watch(): void {
    cancelTimer = clock.after(timing.pingMs, () => {
      if (state !== "up") return;
      if (clock.now() - heardAt > timing.silentMs) {
        log.warn("a connection to Slack is silent, it is replaced");
        lost();
        return;
      }
      socket.ping();
      watch();
      if (clock.now() - broughtAt > timing.quietMs) parts.onQuiet(connection);
    });
  }

  async function take(id: string, payload: unknown): Promise<void> {
    const since = clock.now();
    try {
      await receive(payload);
      // Later than this Slack has given up on it; it comes again and is recognised.
      if (clock.now() - since < timing.ackMs && socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify({ envelope_id: id }));
      else log.warn("stored too late to acknowledge, Slack sends it again");
    } catch (error) {
      log.error("what Slack sent could not be stored, it is sent again", { error });
    }
  }

  function hear(text: string): void {
    const parsed = frame.safeParse(parseJson(text));
    if (!parsed.success) {
      log.warn("a frame of Slack's is not understood");
      return;
    }
    switch (parsed.data.type) {
      case "hello":
        if (state !== "opening") return;
        state = "up";
        cancelTimer();
        watch();
        parts.onUp(connection);
        opened.resolve();
        return;
      case "disconnect":
        if (state === "opening") fail(new Error(`Slack sent the connection away: ${parsed.data.reason}`));
        else if (state === "up") parts.onLeaving(parsed.data.reason);
        return;
      default:
        broughtAt = clock.now();
        if ((parsed.data.retry_attempt ?? 0) > 0)
          log.info("Slack sends again", { retry: parsed.data.retry_attempt, why: parsed.data.retry_reason });
        void take(parsed.data.envelope_id, parsed.data.payload);
    }
  }

  const heard = (): void => {
    heardAt = clock.now();
  };
  socket.on("message", (data) => {
    heard();
    hear(String(data));
  });
  socket.on("ping", heard);
  socket.on("pong", heard);
  socket.on("close", lost);
  socket.on("error", (error) => {
    if (state === "over") return;
    log.warn("a connection to Slack failed", { error });
    lost();
  });
  return opened.promise;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
