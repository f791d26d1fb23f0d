// Speaks to an MCP server over streamable HTTP. Every request is dialled at a checked address, no redirect leaves the server's own
// origin (the SDK's rule), and an answer has a bound.

import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { fetch as undiciFetch } from "undici";
import { createGuardedAgent } from "../../lib/safe-fetch/guarded-agent.ts";

export interface HttpParts {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowCidrs: readonly string[];
}

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const CONNECT_MS = 10_000;
const HEADER_BYTES_MAX = 32 * 1024;
/** The stream of the server's own messages: opened again so often, then only when the whole connection is. */
const RECONNECTION = {
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 2,
};
const WITHOUT_BODY = [204, 205, 304];

export function createHttpTransport({ url, headers, allowCidrs }: HttpParts): StreamableHTTPClientTransport {
  const agent = createGuardedAgent({ allowCidrs, connectMs: CONNECT_MS, headerBytesMax: HEADER_BYTES_MAX });
  const guarded: FetchLike = async (target, { method = "GET", headers: given, body, signal } = {}) => {
    const answer = await undiciFetch(String(target), {
      dispatcher: agent,
      redirect: "manual",
      method,
      headers: Object.fromEntries(new Headers(given)),
      body: typeof body === "string" ? body : null,
      signal: signal ?? null,
    });
    const { status, statusText } = answer;
    const content = answer.body && !WITHOUT_BODY.includes(status) ? streamOf(bounded(answer.body)) : null;
    return new Response(content, { status, statusText, headers: Object.fromEntries(answer.headers) });
  };
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: guarded,
    requestInit: { headers: { ...headers } },
    reconnectionOptions: RECONNECTION,
  });
  const close = transport.close.bind(transport);
  transport.close = async () => {
    await close();
    await agent.destroy();
  };
  return transport;
}

async function* bounded(body: AsyncIterable<Uint8Array | undefined>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body) {
    if (!piece) continue;
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error("the answer is longer than its bound");
    yield piece;
  }
}

const streamOf = (pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
