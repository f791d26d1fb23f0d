// What strangers send to a webhook. Each tells how the bot answered; it must be refused, cheaply, and the bot must go on.

import { randomBytes } from "node:crypto";
import { encrypt, signature, signedHeaders } from "./encryption.ts";
import type { Envelope } from "./event-payloads.ts";
import { type PostAnswer, post } from "./raw-request.ts";

export interface HostileRequests {
  /** Right shape, signature of nobody. */
  forged(): Promise<PostAnswer>;
  /** Nothing signed, body plain, as if there were no key. */
  unsigned(): Promise<PostAnswer>;
  /** One true request, sent `times` times with the same nonce and signature. The answers in order. */
  replayed(times?: number): Promise<readonly PostAnswer[]>;
  /** Truly signed, long ago. */
  stale(ageMs?: number): Promise<PostAnswer>;
  /** Signed and sealed with the right key, the verification token is another one. */
  wrongToken(): Promise<PostAnswer>;
  /** The same for another app's id. */
  wrongApp(): Promise<PostAnswer>;
  /** Signed, but the cipher text is noise. */
  garbageCipher(): Promise<PostAnswer>;
  /** The known killers of the SDK's adapters: `{"encrypt":"AAAA"}`, `{"encrypt":{}}`, `{"headers":null}`. Unsigned. */
  crashers(): Promise<readonly PostAnswer[]>;
  deepJson(depth?: number): Promise<PostAnswer>;
  oversized(bytes?: number): Promise<PostAnswer>;
  /** Announces a body, sends the start of it and then nothing, for ever; ended after `patienceMs`. */
  slowBody(patienceMs: number): Promise<PostAnswer>;
  notJson(): Promise<PostAnswer>;
  get(): Promise<PostAnswer>;
  /** A challenge with the wrong token. */
  wrongChallenge(): Promise<PostAnswer>;
}

export interface HostileParts {
  readonly url: string;
  readonly encryptKey: string;
  readonly now: () => number;
  /** A fresh message event; `token` and `appId` override those of its header. */
  readonly envelope: (overrides?: { readonly token?: string; readonly appId?: string }) => Envelope;
}

const STALE_MS = 60 * 60 * 1000;
const DEPTH = 200_000;
const OVERSIZE_BYTES = 24 * 1024 * 1024;

export function createHostileRequests({ url, encryptKey, now, envelope }: HostileParts): HostileRequests {
  const seal = (text: string): string => JSON.stringify({ encrypt: encrypt(text, encryptKey) });
  const signed = (body: string, at = now()): Promise<PostAnswer> =>
    post(url, { body, headers: signedHeaders(body, encryptKey, at) });
  const bare = (body: string): Promise<PostAnswer> =>
    post(url, { body, headers: { "content-type": "application/json" } });

  return {
    forged: () => {
      const body = seal(JSON.stringify(envelope()));
      const headers = signedHeaders(body, "another key", now());
      return post(url, { body, headers });
    },
    unsigned: () => bare(JSON.stringify(envelope())),
    replayed: async (times = 2) => {
      const body = seal(JSON.stringify(envelope()));
      const headers = signedHeaders(body, encryptKey, now());
      const answers: PostAnswer[] = [];
      for (let count = 0; count < times; count += 1) answers.push(await post(url, { body, headers }));
      return answers;
    },
    stale: (ageMs = STALE_MS) => signed(seal(JSON.stringify(envelope())), now() - ageMs),
    wrongToken: () => signed(seal(JSON.stringify(envelope({ token: "another-token" })))),
    wrongApp: () => signed(seal(JSON.stringify(envelope({ appId: "cli_0000000000000000" })))),
    garbageCipher: () => signed(JSON.stringify({ encrypt: randomBytes(64).toString("base64") })),
    crashers: async () => {
      const answers: PostAnswer[] = [];
      for (const body of ['{"encrypt":"AAAA"}', '{"encrypt":{}}', '{"headers":null}', "null", "[]"])
        answers.push(await bare(body));
      return answers;
    },
    deepJson: (depth = DEPTH) => bare(`${"[".repeat(depth)}${"]".repeat(depth)}`),
    oversized: (bytes = OVERSIZE_BYTES) => bare(JSON.stringify({ encrypt: "A".repeat(bytes) })),
    slowBody: (patienceMs) =>
      post(url, { body: "x".repeat(1000), stopAfterBytes: 10, signal: AbortSignal.timeout(patienceMs) }),
    notJson: () => {
      const body = "<xml/>";
      const timestamp = String(Math.floor(now() / 1000));
      const headers = {
        "x-lark-request-timestamp": timestamp,
        "x-lark-request-nonce": "n",
        "x-lark-signature": signature(timestamp, "n", encryptKey, body),
      };
      return post(url, { body, headers });
    },
    get: () => post(url, { body: "", method: "GET" }),
    wrongChallenge: () =>
      bare(seal(JSON.stringify({ challenge: "c", token: "another-token", type: "url_verification" }))),
  };
}
