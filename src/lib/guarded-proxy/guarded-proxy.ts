// A forward proxy for programs that are not trusted with the network: on loopback (or a socket file), for whoever has a pass, to
// addresses that the rules of safe fetching let be dialled, decided where the connection is made. Nothing is cached and nothing is
// looked into; what it cannot decide it refuses.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Timers } from "../abort.ts";
import { createCheckedDial, type ResolveName } from "../safe-fetch/checked-dial.ts";
import { RefusedRequest } from "../safe-fetch/refused-request.ts";
import { requestFailure } from "../safe-fetch/request-failure.ts";
import { createPass, type HeldPass, type PassOptions, type ProxyPass } from "./proxy-pass.ts";
import { forwardedHeaders, PROXY_NAME, type Target, targetOf } from "./proxy-request.ts";

export interface GuardedProxyOptions {
  readonly timers: Timers;
  /** As for safe fetch. */
  readonly allowCidrs?: readonly string[];
  readonly ports?: readonly number[];
  readonly resolve?: ResolveName;
  /** A file to listen at, for a program without any network; absent: a free port of 127.0.0.1. */
  readonly socketFile?: string;
  readonly connectMs?: number;
}

export interface GuardedProxy {
  /** Such as http://127.0.0.1:40123; the socket file's path if it listens there. */
  readonly address: string;
  admit(options?: PassOptions): ProxyPass;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
const IDLE_MS = 60_000;
const CLIENTS_MAX = 512;
const HEADER_BYTES_MAX = 64 * 1024;
const PORTS = [80, 443];
const PLAIN = { "content-type": "text/plain; charset=utf-8", connection: "close" };

export async function openGuardedProxy(options: GuardedProxyOptions): Promise<GuardedProxy> {
  const { timers, ports = PORTS, connectMs = CONNECT_MS } = options;
  const { lookup, checkLiteral } = createCheckedDial(options.allowCidrs, options.resolve);
  const passes = new Map<string, HeldPass>();

  /** Throws RefusedRequest. */
  function check(pass: HeldPass, { host, port }: Target): void {
    if (pass.isUsedUp()) throw new RefusedRequest("As many bytes as are allowed were moved already.");
    if (!ports.includes(port)) throw new RefusedRequest(`Port ${port} is not allowed; allowed: ${ports.join(", ")}.`);
    const reason = pass.refuse(host, port);
    if (reason !== undefined) throw new RefusedRequest(reason);
    checkLiteral(host);
  }

  /** Ends it when no connection came about in time. */
  function dial({ host, port }: Target): Socket {
    const socket = connect({
      host: host.replace(/^\[(.*)\]$/, "$1"),
      port,
      lookup,
      autoSelectFamily: true,
      noDelay: true,
    });
    const late = (): void =>
      void socket.destroy(new RefusedRequest(`${host} did not connect within ${connectMs / 1_000} seconds.`));
    const cancel = timers.after(connectMs, late);
    socket.once("connect", cancel).once("close", cancel);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    return socket;
  }

  function passOf({ headers }: IncomingMessage): HeldPass | undefined {
    const basic = /^basic ([\w+/=-]{1,200})$/i.exec(headers["proxy-authorization"] ?? "")?.[1] ?? "";
    const [username = "", password = ""] = Buffer.from(basic, "base64").toString().split(":");
    const pass = passes.get(username);
    return pass?.isGood(password) ? pass : undefined;
  }

  function tunnel(asked: IncomingMessage, client: Duplex, head: Buffer): void {
    client.on("error", () => {});
    const pass = passOf(asked);
    if (!pass) {
      endPlainly(client, 407, "");
      return;
    }
    const target = targetOf(asked);
    const refuse = (error: unknown): void => endPlainly(client, 403, refused(pass, target?.host ?? "", error));
    const server = allowed(pass, target, client, refuse);
    if (!server) return;
    server.on("error", refuse);
    server.once("connect", () => {
      server.off("error", refuse).on("error", () => client.destroy());
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) server.write(head);
      pass.count(head.length);
      client.on("data", (piece: Buffer) => pass.count(piece.length));
      server.on("data", (piece: Buffer) => pass.count(piece.length));
      client.pipe(server).pipe(client);
    });
    server.once("close", () => client.end());
    client.once("close", () => server.destroy());
  }

  /** The connection to where it leads, held by the pass; or it is refused. */
  function allowed(pass: HeldPass, target: Target | undefined, client: Duplex, refuse: (error: unknown) => void) {
    try {
      if (!target) throw new RefusedRequest("That is no host and port, and no whole http URL.");
      check(pass, target);
      if (!pass.hold(client)) throw new RefusedRequest("Too many connections at once.");
      const server = dial(target);
      pass.hold(server);
      return server;
    } catch (error) {
      refuse(error);
      return undefined;
    }
  }

  function forward(asked: IncomingMessage, answer: ServerResponse): void {
    const pass = passOf(asked);
    if (!pass) {
      answer.writeHead(407, { "proxy-authenticate": `Basic realm="${PROXY_NAME}"` }).end();
      return;
    }
    const target = targetOf(asked);
    const refuse = (error: unknown): void => {
      const reason = refused(pass, target?.host ?? "", error);
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(403, { ...PLAIN, "proxy-status": `${PROXY_NAME}; error=http_request_denied` }).end(reason);
    };
    const socket = allowed(pass, target, answer.req.socket, refuse);
    if (!socket) return;
    const headers = forwardedHeaders(asked.rawHeaders);
    const onward = request({ path: target?.path, method: asked.method, headers, createConnection: () => socket });
    onward.on("error", refuse);
    onward.once("response", (received) => {
      received.on("data", (piece: Buffer) => pass.count(piece.length));
      received.on("error", () => answer.destroy());
      answer.writeHead(received.statusCode ?? 502, forwardedHeaders(received.rawHeaders));
      received.pipe(answer);
    });
    answer.once("close", () => onward.destroy());
    asked.on("data", (piece: Buffer) => pass.count(piece.length));
    asked.pipe(onward);
  }

  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, forward);
  server.maxConnections = CLIENTS_MAX;
  server.on("connect", tunnel);
  const clients = new Set<Socket>();
  server.on("connection", (socket) => {
    clients.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.once("close", () => clients.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (options.socketFile === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(options.socketFile, resolve);
  });
  const address = server.address();

  return {
    address: typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : String(address),
    admit: (wanted = {}) => {
      const pass = createPass(wanted, () => passes.delete(pass.username));
      passes.set(pass.username, pass);
      return pass;
    },
    close: async () => {
      for (const pass of [...passes.values()]) pass.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

function refused(pass: HeldPass, host: string, error: unknown): string {
  const { message: reason } = requestFailure(error, host);
  pass.note({ host, reason });
  return reason;
}

function endPlainly(client: Duplex, status: 403 | 407, reason: string): void {
  const words = { 403: "Forbidden", 407: "Proxy Authentication Required" }[status];
  const ask = status === 407 ? `Proxy-Authenticate: Basic realm="${PROXY_NAME}"\r\n` : "";
  const body = Buffer.from(reason);
  client.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status} ${words}\r\n${ask}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`),
      body,
    ]),
  );
}
