// Whether a webhook request is the platform's own: the signature over its very bytes, its age, its nonce; and opening what is sealed.

import { createDecipheriv, createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";

const WINDOW_MS = 5 * 60_000;
const SEEN_MAX = 20_000;
const IV_BYTES = 16;

export function isSameText(one: string, other: string): boolean {
  // Of one length, so that comparing tells nothing about either.
  return timingSafeEqual(createHash("sha256").update(one).digest(), createHash("sha256").update(other).digest());
}

/** Of the bytes as they came: parsing and printing them again would sign something else. */
export function isSigned(headers: Headers, body: Uint8Array, encryptKey: string, now: number): boolean {
  const timestamp = headers.get("x-lark-request-timestamp") ?? "";
  const nonce = headers.get("x-lark-request-nonce") ?? "";
  const signature = headers.get("x-lark-signature") ?? "";
  if (!/^\d{1,12}$/.test(timestamp) || nonce === "" || Math.abs(now - Number(timestamp) * 1_000) > WINDOW_MS)
    return false;
  const right = createHash("sha256").update(`${timestamp}${nonce}${encryptKey}`).update(body).digest("hex");
  return isSameText(signature, right);
}

/** Throws on anything that was not sealed with this key. */
export function unseal(sealed: string, encryptKey: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const key = createHash("sha256").update(encryptKey).digest();
  const decipher = createDecipheriv("aes-256-cbc", key, bytes.subarray(0, IV_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]).toString("utf8");
}

export interface SeenSignatures {
  /** False: this request was here before. */
  take(signature: string): boolean;
  /** It was not taken after all, and may come again. */
  giveBack(signature: string): void;
}

/** For as long as a signature is young enough to count; the oldest go first when there are too many. */
export function createSeenSignatures(clock: Pick<Clock, "now">): SeenSignatures {
  const seen = new Map<string, number>();
  return {
    take: (signature) => {
      const now = clock.now();
      for (const [old, until] of seen) {
        if (until > now && seen.size < SEEN_MAX) break;
        seen.delete(old);
      }
      if (seen.has(signature)) return false;
      seen.set(signature, now + 2 * WINDOW_MS);
      return true;
    },
    giveBack: (signature) => {
      seen.delete(signature);
    },
  };
}
