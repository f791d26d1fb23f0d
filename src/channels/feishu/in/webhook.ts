// POST /feishu/events: our own endpoint, because the SDK's adapters can be crashed by one unsigned request. Everything is checked
// before anything is done; 200 is answered when the event is stored and not before.

import { z } from "zod";
import type { ChannelHttp } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { createSeenSignatures, isSameText, isSigned, unseal } from "./webhook-seal.ts";

export interface WebhookParts {
  readonly encryptKey: string | undefined;
  readonly verificationToken: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** What a callback is answered with; rejects when the event must come again. */
  readonly handle: (event: unknown) => Promise<object | undefined>;
  /** Another app's events are refused. */
  readonly appId: string;
  /** Until then requests are asked to come again. */
  readonly isReady: () => boolean;
}

const PATH = "/feishu/events";
const BODY_BYTES_MAX = 1024 * 1024;
const BODY_MS_MAX = 5_000;

const sealedShape = z.object({ encrypt: z.string().min(1) });
const challengeShape = z.object({
  type: z.literal("url_verification"),
  challenge: z.string().max(2_000),
  token: z.string().optional(),
});
/** Of both generations of events: who it is for, and whose secret it carries. */
const stampShape = z.union([
  z
    .object({ header: z.object({ token: z.string().optional(), app_id: z.string() }) })
    .transform(({ header }) => header),
  z
    .object({ token: z.string().optional(), event: z.object({ app_id: z.string().optional() }) })
    .transform(({ token, event }) => ({ token, app_id: event.app_id })),
]);

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

export function createWebhook(parts: WebhookParts): ChannelHttp {
  const { encryptKey, verificationToken, clock, log, handle } = parts;
  const seen = createSeenSignatures(clock);
  const fits = (token: string | undefined): boolean =>
    verificationToken === undefined || isSameText(token ?? "", verificationToken);

  async function take(request: Request): Promise<Response> {
    const body = await readBody(request, clock);
    const event = open(body);
    const challenge = challengeShape.safeParse(event).data;
    if (challenge) {
      // The console does not always sign it; being sealed with our key, or carrying our token, is what proves it.
      if (!fits(challenge.token)) throw new Refusal(401, "a challenge with another token");
      return Response.json({ challenge: challenge.challenge });
    }
    const isGenuine = encryptKey === undefined || isSigned(request.headers, body, encryptKey, clock.now());
    if (!isGenuine) throw new Refusal(401, "not signed, or not in time");
    const stamp = stampShape.safeParse(event).data;
    if (!stamp) throw new Refusal(400, "no event");
    if (!fits(stamp.token)) throw new Refusal(401, "another token");
    if (stamp.app_id !== undefined && stamp.app_id !== parts.appId) throw new Refusal(403, "another app's event");
    if (!parts.isReady()) return Response.json({ error: "not ready yet" }, { status: 503 });

    const signature = encryptKey === undefined ? undefined : (request.headers.get("x-lark-signature") ?? undefined);
    if (signature !== undefined && !seen.take(signature)) throw new Refusal(401, "it was here before");
    try {
      return Response.json((await handle(event)) ?? {});
    } catch (error) {
      if (signature !== undefined) seen.giveBack(signature);
      throw error;
    }
  }

  function open(body: Uint8Array): unknown {
    const outer = parseJson(new TextDecoder().decode(body));
    if (encryptKey === undefined) return outer;
    const sealed = sealedShape.safeParse(outer).data;
    if (!sealed) throw new Refusal(400, "not sealed, though a key is set");
    let text: string;
    try {
      text = unseal(sealed.encrypt, encryptKey);
    } catch {
      throw new Refusal(400, "sealed with another key");
    }
    return parseJson(text);
  }

  return {
    paths: [PATH],
    isSigned: true,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== PATH) return Response.json({ error: "nothing here" }, { status: 404 });
      if (request.method !== "POST") return Response.json({ error: "POST only" }, { status: 405 });
      try {
        return await take(request);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        log.warn("feishu request refused", { status: error.status, reason: error.message });
        return Response.json({ error: "refused" }, { status: error.status, headers: { connection: "close" } });
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "no JSON");
  }
}

/** Bounded in size whatever the request announces, and in time. */
async function readBody(request: Request, clock: Clock): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES_MAX) throw new Refusal(413, "too large");
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(BODY_MS_MAX, () => reject(new Refusal(408, "too slow")));
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return Buffer.concat(chunks);
      size += value.length;
      if (size > BODY_BYTES_MAX) throw new Refusal(413, "too large");
      chunks.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "broken off");
  } finally {
    cancel();
  }
}
