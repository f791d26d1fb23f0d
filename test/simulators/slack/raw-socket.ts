// A Socket Mode client with no manners of its own: it acknowledges only when told to.

import { WebClient } from "@slack/web-api";
import { WebSocket } from "ws";
import { z } from "zod";
import { Changes } from "./changes.ts";
import type { SlackSimulator } from "./slack-simulator.ts";

const Frame = z.looseObject({
  type: z.string(),
  reason: z.string().optional(),
  envelope_id: z.string().optional(),
  retry_attempt: z.number().optional(),
  retry_reason: z.string().optional(),
  payload: z.record(z.string(), z.unknown()).default({}),
});

export interface RawSocketOptions {
  readonly acks?: boolean;
  readonly waitsForHello?: boolean;
  /** Appended to the URL. */
  readonly query?: string;
}

export async function rawSocket(sim: SlackSimulator, options: RawSocketOptions = {}) {
  const client = new WebClient("", {
    slackApiUrl: sim.apiUrl,
    headers: { Authorization: `Bearer ${sim.appToken}` },
  });
  const { url = "" } = await client.apps.connections.open({});
  const frames: z.output<typeof Frame>[] = [];
  const changes = new Changes();
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${url}${options.query ?? ""}`);
    socket.on("close", changes.notify);
    socket.on("message", (data) => {
      const frame = Frame.parse(JSON.parse(String(data)));
      frames.push(frame);
      if (options.acks && frame.envelope_id) socket.send(JSON.stringify({ envelope_id: frame.envelope_id }));
      changes.notify();
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return socket;
  };
  const socket = await open();
  const until = (holds: () => boolean) => changes.until(holds, () => JSON.stringify(frames, undefined, 1), 5_000);
  if (options.waitsForHello ?? true) await until(() => frames.some(({ type }) => type === "hello"));
  return {
    frames,
    get envelopes() {
      return frames.filter(({ envelope_id }) => envelope_id !== undefined);
    },
    until,
    send: (frame: unknown) => socket.send(JSON.stringify(frame)),
    /** Begins the close handshake; it is over when TCP ends. */
    close: () => socket.close(1000),
    get isClosed() {
      return socket.readyState === WebSocket.CLOSED;
    },
    /** With the same ticket. */
    reopen: open,
    async [Symbol.asyncDispose]() {
      socket.terminate();
    },
  };
}
