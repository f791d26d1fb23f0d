// Whether a request is Slack's: its signature over the raw bytes, made within five minutes of now, and not seen before.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";

export interface SignedRequest {
  readonly timestamp: string | null;
  readonly signature: string | null;
  readonly body: Uint8Array;
}

export interface SignatureCheck {
  /** Empty when it is Slack's; else why it is not. */
  complaint(request: SignedRequest): string | undefined;
  /** It was taken: the same bytes with the same signature are refused from now on. */
  remember(request: SignedRequest): void;
}

const WINDOW_MS = 5 * 60 * 1_000;
/** Slack sends at most 30,000 events an hour; this is what fits into the window, twice. */
const REMEMBERED_MAX = 10_000;

export function createSignatureCheck(signingSecret: string, clock: Clock): SignatureCheck {
  if (signingSecret === "") throw new Error("an empty signing secret signs for everybody");
  /** Signatures and when they are too old to be played again anyway. */
  const seen = new Map<string, number>();

  function forgetOld(): void {
    for (const [signature, until] of seen) {
      if (until > clock.now() && seen.size <= REMEMBERED_MAX) return;
      seen.delete(signature);
    }
  }

  return {
    complaint: ({ timestamp, signature, body }) => {
      if (timestamp === null || signature === null) return "there is no signature";
      if (!/^\d{1,12}$/.test(timestamp)) return "the timestamp is no number";
      const wanted = createHmac("sha256", signingSecret).update(`v0:${timestamp}:`).update(body).digest("hex");
      if (!isSame(signature, `v0=${wanted}`)) return "the signature is wrong";
      if (Math.abs(clock.now() - Number(timestamp) * 1_000) > WINDOW_MS) return "the timestamp is too far from now";
      if ((seen.get(signature) ?? 0) > clock.now()) return "it came before";
      return undefined;
    },
    remember: ({ signature }) => {
      if (signature === null) return;
      // Its timestamp may lie a whole window ahead of us.
      seen.set(signature, clock.now() + 2 * WINDOW_MS);
      forgetOld();
    },
  };
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
