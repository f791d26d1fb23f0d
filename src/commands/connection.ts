// How a terminal command reaches the agent: over the network to the server that runs on this data folder, or, when none does,
// straight into an app opened in this process. Either way it is the session API.

import type { Output } from "../channels/terminal/output.ts";
import type { SessionClientParts } from "../channels/terminal/session-client.ts";
import { randomIds, systemClock } from "../lib/system-clock.ts";
import { setUp } from "../wiring/set-up.ts";
import { findServer } from "./server-file.ts";

export type ClientConnection = Omit<SessionClientParts, "session">;

export interface Connection {
  readonly client: ClientConnection;
  /** Undefined: nothing else runs, the agent lives in this process. */
  readonly server: string | undefined;
  readonly isColoured: boolean;
  readonly dataFolder: string;
  /** Lets what still runs in this process end, within a bound; a server's work goes on without us. */
  close(): Promise<void>;
}

const IN_PROCESS_HOST = "localhost";
const DRAIN_MS = 2_000;

export async function connect(folder: string, errors: Output): Promise<Connection> {
  const setup = setUp(folder, process.stderr, "error");
  const { environment, config } = setup;
  const token = environment.SIGNALBOX_ADMIN_TOKEN;
  const shared = {
    clock: systemClock,
    random: Math.random,
    newId: () => randomIds.next("once"),
    headers: {
      "signalbox-channel": "terminal",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
  const isColoured = errors.isTTY === true && environment.NO_COLOR === undefined;
  const server = await findServer(config.paths.data);
  if (server !== undefined) {
    return {
      client: { ...shared, server, fetch },
      server,
      isColoured,
      dataFolder: config.paths.data,
      close: async () => {},
    };
  }
  // Who joins a server does not wait for what one needs.
  const { openApp } = await import("../main.ts");
  const { app, close } = await openApp(setup);
  return {
    client: {
      ...shared,
      server: `http://${IN_PROCESS_HOST}`,
      headers: { ...shared.headers, host: IN_PROCESS_HOST },
      fetch: app.http.fetch,
    },
    server: undefined,
    isColoured,
    dataFolder: config.paths.data,
    close: () => close(DRAIN_MS),
  };
}
