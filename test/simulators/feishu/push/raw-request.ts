// One POST over a socket of its own, loopback only, with control over how its body goes out.

import { request } from "node:http";
import { BlockList } from "node:net";

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly method?: string;
  /** Sends this many bytes and then nothing more, though more was announced. */
  readonly stopAfterBytes?: number;
  readonly signal?: AbortSignal;
}

export type PostAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: string }
  | { readonly kind: "failed"; readonly reason: string };

const ANSWER_BYTES_MAX = 1024 * 1024;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

const isLoopback = (host: string): boolean =>
  host === "localhost" || loopback.check(host.replace(/^\[|\]$/g, ""), host.startsWith("[") ? "ipv6" : "ipv4");

export function post(
  url: string,
  { headers = {}, body, method = "POST", stopAfterBytes, signal }: PostOptions,
): Promise<PostAnswer> {
  const { hostname } = new URL(url);
  if (!isLoopback(hostname)) throw new Error(`the simulator talks to this machine only, not to ${hostname}`);
  const bytes = Buffer.from(body);
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      {
        method,
        headers: { ...headers, ...(method === "GET" ? {} : { "content-length": String(bytes.length) }) },
        agent: false,
        ...(signal ? { signal } : {}),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= ANSWER_BYTES_MAX) chunks.push(chunk);
        });
        incoming.on("end", () =>
          resolve({ kind: "answered", status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
        incoming.on("error", (error) => resolve({ kind: "failed", reason: error.message }));
      },
    );
    outgoing.on("error", (error) => resolve({ kind: "failed", reason: error.message }));
    if (stopAfterBytes === undefined) outgoing.end(bytes);
    else outgoing.write(bytes.subarray(0, stopAfterBytes));
  });
}
