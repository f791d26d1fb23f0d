// A small server on loopback, and what is needed to reach it: the tests' stand-in for the web.

import { createServer, type RequestListener } from "node:http";
import { createServer as createPlainServer, type Socket } from "node:net";
import { createSafeFetch, type SafeFetch, type SafeFetchOptions } from "../../../src/lib/safe-fetch/safe-fetch.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";

export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** How many connections came in. */
  connections(): number;
}

export async function serve(answer: RequestListener): Promise<Loopback> {
  const server = createServer(answer);
  return await listening(server, () => server.closeAllConnections());
}

/** Bytes as they are, for answers that no HTTP server would give. */
export async function serveBytes(answer: (socket: Socket) => void): Promise<Loopback> {
  const open = new Set<Socket>();
  const server = createPlainServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    socket.once("data", () => answer(socket));
  });
  return await listening(server, () => {
    for (const socket of open) socket.destroy();
  });
}

async function listening(server: ReturnType<typeof createPlainServer>, cut: () => void): Promise<Loopback> {
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Loopback is allowed, in so many words. */
export function openFetch(server: Loopback, more: Partial<SafeFetchOptions> = {}): SafeFetch {
  return guardedFetch({ allowCidrs: ["127.0.0.0/8"], ports: [80, 443, server.port], ...more });
}

export const guardedFetch = (more: Partial<SafeFetchOptions> = {}): SafeFetch =>
  createSafeFetch({ timers: systemClock, userAgent: "signalbox-test", ...more });

export const signal = new AbortController().signal;
