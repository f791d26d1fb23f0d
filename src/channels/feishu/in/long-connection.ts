// The long connection: opened, kept alive, opened again after every end. An event is acknowledged when its handler is done, and the
// handler is done when the event is stored. Why this is not the SDK's client: docs/decisions/2026-11-21-feishu-long-connection.md.

import { WebSocket } from "ws";
import { z } from "zod";
import type { Clock, Random } from "../../../core/clock.ts";
import { AppError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { FeishuSettings } from "../../../core/platform-settings.ts";
import { sleep } from "../../../lib/abort.ts";
import {
  askForAddress,
  type ConnectionAddress,
  ConnectionFailure,
  clientConfig,
  pingMsOf,
} from "./connection-endpoint.ts";
import { createFramePieces } from "./frame-pieces.ts";
import { CONTROL, DATA, decodeFrame, encodeFrame, type Frame, headerOf, pingFrame } from "./frames.ts";

export interface LongConnectionParts {
  readonly settings: FeishuSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What a callback is answered with; rejects when the event must come again. */
  readonly handle: (event: unknown) => Promise<object | undefined>;
  /** After each opening. */
  readonly onConnected: () => void;
}

export interface LongConnection {
  /** Resolves when it is open, or when it could not be opened yet and is tried again. Throws AppError `bad-config`. */
  start(): Promise<void>;
  stop(): void;
  trouble(): string | undefined;
}

const HANDSHAKE_MS_MAX = 10_000;
const PONG_MS_MAX = 15_000;
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const BACKOFF_MS = { first: 1_000, most: 60_000 };
/** One that ends sooner counts as a failure, so that a platform that hangs up at once is not stormed. */
const STABLE_MS = 10_000;

const jsonOf = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("no JSON");
    return z.NEVER;
  }
});

export function createLongConnection(parts: LongConnectionParts): LongConnection {
  const { settings, clock, random, log, handle, onConnected } = parts;
  const leaving = new AbortController();
  let trouble: string | undefined = "connecting";

  /** `onFirst`: how the first try went; one that somebody must mend is not repeated, a later one is. */
  async function keep(onFirst: (failure?: AppError) => void): Promise<void> {
    for (let failures = 0, tries = 1; !leaving.signal.aborted; tries += 1) {
      let isSlow = false;
      try {
        const address = await askForAddress(settings, clock, leaving.signal);
        const openedAt = await live(address, onFirst);
        failures = clock.now() - openedAt < STABLE_MS ? failures + 1 : 0;
        trouble = "the long connection was lost, it is being opened again";
        if (!leaving.signal.aborted) log.warn("feishu connection lost");
      } catch (error) {
        if (leaving.signal.aborted) return;
        failures += 1;
        const final = error instanceof AppError ? error : undefined;
        isSlow = final !== undefined || (error instanceof ConnectionFailure && error.isFull);
        trouble = error instanceof Error ? error.message : "the long connection cannot be opened";
        log.warn("feishu connection failed", { failures, error });
        onFirst(final);
        if (final && tries === 1) return;
      }
      const longest = isSlow
        ? BACKOFF_MS.most
        : Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.max(0, failures - 1));
      await sleep(clock, longest * (0.5 + random() / 2), leaving.signal).catch(() => {});
    }
  }

  /** Resolves, when the connection has ended, with when it was opened; rejects if it never was. */
  function live(address: ConnectionAddress, onFirst: () => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address.url, {
        handshakeTimeout: HANDSHAKE_MS_MAX,
        maxPayload: FRAME_BYTES_MAX,
        perMessageDeflate: false,
      });
      const pieces = createFramePieces(clock);
      let openedAt: number | undefined;
      let { pingMs } = address;
      let cancelPing = (): void => {};
      let cancelWatch = (): void => {};

      const ping = (): void => {
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(encodeFrame(pingFrame(address.service)));
        cancelWatch = clock.after(Math.min(PONG_MS_MAX, pingMs * 0.8), () => {
          log.warn("feishu connection is dead, nothing answers");
          socket.terminate();
        });
        cancelPing = clock.after(pingMs, ping);
      };
      const leave = (): void => socket.terminate();
      leaving.signal.addEventListener("abort", leave);

      socket.on("open", () => {
        openedAt = clock.now();
        trouble = undefined;
        log.info("feishu connected", { over: "ws" });
        ping();
        onConnected();
        onFirst();
      });
      socket.on("message", (bytes: unknown) => {
        cancelWatch();
        if (!Buffer.isBuffer(bytes)) return;
        read(bytes, socket, pieces, (interval) => {
          pingMs = interval;
        });
      });
      // A close follows.
      socket.on("error", (error) => log.debug("feishu socket", { error }));
      socket.on("close", () => {
        cancelPing();
        cancelWatch();
        leaving.signal.removeEventListener("abort", leave);
        if (openedAt === undefined) reject(new ConnectionFailure("the long connection was refused"));
        else resolve(openedAt);
      });
    });
  }

  function read(
    bytes: Uint8Array,
    socket: WebSocket,
    pieces: ReturnType<typeof createFramePieces>,
    onInterval: (pingMs: number) => void,
  ): void {
    try {
      const frame = decodeFrame(bytes);
      if (frame.method === CONTROL && headerOf(frame, "type") === "pong" && frame.payload?.length) {
        const config = jsonOf.pipe(clientConfig).safeParse(textOf(frame.payload));
        if (config.success && config.data.PingInterval !== undefined) onInterval(pingMsOf(config.data));
      }
      // Clicks of old cards come as `card`.
      if (frame.method !== DATA || !["event", "card"].includes(headerOf(frame, "type") ?? "")) return;
      const payload = pieces.add(frame);
      if (payload) void answer(frame, payload, socket);
    } catch (error) {
      // Not acknowledged: what can be read at all comes again.
      log.error("feishu frame unreadable", { error });
    }
  }

  async function answer(frame: Frame, payload: Uint8Array, socket: WebSocket): Promise<void> {
    const since = clock.now();
    let said: object = { code: 500 };
    try {
      const result = await handle(jsonOf.parse(textOf(payload)));
      said = { code: 200, ...(result ? { data: Buffer.from(JSON.stringify(result)).toString("base64") } : {}) };
    } catch (error) {
      log.error("feishu event not taken", { error });
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    const headers = [...frame.headers, { key: "biz_rt", value: String(clock.now() - since) }];
    socket.send(encodeFrame({ ...frame, headers, payload: Buffer.from(JSON.stringify(said)) }));
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        void keep((failure) => (failure ? reject(failure) : resolve()));
      }),
    stop: () => {
      trouble = "stopped";
      leaving.abort();
    },
    trouble: () => trouble,
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
