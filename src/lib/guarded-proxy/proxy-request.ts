// What a client of the proxy asks for, read strictly: where to, and which headers go on.

import type { IncomingMessage } from "node:http";

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Of a plain request; a tunnel has none. */
  readonly path: string;
}

export const PROXY_NAME = "signalbox";

const AUTHORITY = /^(\[[\da-f:.]{2,45}\]|[^\s:/@?#[\]]{1,253}):(\d{1,5})$/i;
/** About one connection, not about the message. */
const OF_ONE_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
];

/** Undefined: it is nothing that can be decided on. */
export function targetOf({ method, url = "" }: IncomingMessage): Target | undefined {
  if (method === "CONNECT") {
    const [, host, port] = AUTHORITY.exec(url) ?? [];
    return host === undefined ? undefined : { host, port: Number(port), path: "" };
  }
  const whole = URL.parse(url);
  if (whole?.protocol !== "http:" || whole.username !== "" || whole.password !== "") return undefined;
  return { host: whole.hostname, port: Number(whole.port || 80), path: `${whole.pathname}${whole.search}` };
}

/** Names and values in turn, as they came. */
export function forwardedHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = raw.slice(at, at + 2);
    if (!OF_ONE_HOP.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
