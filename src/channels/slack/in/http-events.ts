// The way in over HTTP: events, buttons and commands at one path. A request is answered with 200 once what it brings is stored.

import type { ChannelHttp } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { Receive } from "../bolt-app.ts";
import { createSignatureCheck } from "./request-signature.ts";

const PATH = "/slack/events";
const BODY_BYTES_MAX = 1024 * 1024;

export interface HttpEventsParts {
  readonly signingSecret: string;
  readonly receive: Receive;
  /** False while we do not know who we are: nothing can be judged yet. */
  readonly isReady: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export function createHttpEvents({ signingSecret, receive, isReady, clock, log }: HttpEventsParts): ChannelHttp {
  const check = createSignatureCheck(signingSecret, clock);

  async function answer(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== PATH) return plain(404, "there is nothing at this address");
    if (request.method !== "POST") return plain(405, "only POST is answered here");
    const body = await bytesOf(request);
    if (!body) return plain(413, "the body is too large");
    const signed = {
      timestamp: request.headers.get("x-slack-request-timestamp"),
      signature: request.headers.get("x-slack-signature"),
      body,
    };
    const complaint = check.complaint(signed);
    if (complaint !== undefined) {
      log.warn("a request that is not Slack's was refused", { why: complaint });
      return plain(401, "the signature is not Slack's");
    }
    const payload = payloadOf(body, request.headers.get("content-type") ?? "");
    if (payload === undefined) return plain(400, "the body is not understood");
    if (payload.type === "url_verification" && typeof payload.challenge === "string")
      return plain(200, payload.challenge);
    if (!isReady()) return plain(503, "not ready yet");
    const retry = request.headers.get("x-slack-retry-num");
    if (retry !== null) log.info("Slack sends again", { retry, why: request.headers.get("x-slack-retry-reason") });
    try {
      await receive(payload);
      // Not before: a try that failed may come again within the same second, and then its signature is the same.
      check.remember(signed);
    } catch (error) {
      log.error("what Slack sent could not be stored, it is sent again", { error });
      return plain(503, "it could not be stored");
    }
    return new Response(null, { status: 200 });
  }

  return { paths: ["/slack"], isSigned: true, fetch: answer };
}

const plain = (status: number, text: string): Response => new Response(text, { status });

/** The raw bytes; undefined when there are more than may be. */
async function bytesOf(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES_MAX) return undefined;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** JSON, or a form: with a `payload` of JSON (buttons), or plain fields (commands). */
function payloadOf(body: Uint8Array, contentType: string): Readonly<Record<string, unknown>> | undefined {
  const text = new TextDecoder().decode(body);
  if (!contentType.startsWith("application/x-www-form-urlencoded")) return recordOf(text);
  const form = new URLSearchParams(text);
  const payload = form.get("payload");
  if (payload !== null) return recordOf(payload);
  return form.has("command") ? Object.fromEntries(form) : undefined;
}

function recordOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
