// Pushing to the bot's own URL: sealed and signed where there is a key, plain where there is none.

import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../../../src/core/clock.ts";
import { CHALLENGE_MS_MAX } from "../platform-limits.ts";
import type { Courier, CourierAnswer } from "./deliveries.ts";
import { encrypt, signedHeaders } from "./encryption.ts";
import { post } from "./raw-request.ts";

export interface WebhookParts {
  readonly clock: Clock;
  readonly encryptKey: string | undefined;
  readonly verificationToken: string;
}

export interface ChallengeResult {
  /** The console would save this URL. */
  readonly isAccepted: boolean;
  readonly status: number | undefined;
  readonly reason: string;
}

const challengeAnswer = z.object({ challenge: z.string() });

export class Webhook implements Courier {
  readonly name = "webhook";
  url: string | undefined;
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  async bring(text: string, signal: AbortSignal): Promise<CourierAnswer> {
    if (this.url === undefined) return { kind: "unreachable", reason: "no request URL is configured" };
    const body = this.seal(text);
    const answer = await post(this.url, { body, headers: this.headers(body), signal });
    if (answer.kind === "failed") return { kind: "unreachable", reason: answer.reason };
    return { kind: "answered", code: answer.status, body: answer.body, route: "POST" };
  }

  /** What the console does when a URL is entered. It seals the challenge, and signs it only if asked to. */
  async verifyUrl({ isSigned = false }: { readonly isSigned?: boolean } = {}): Promise<ChallengeResult> {
    if (this.url === undefined) throw new Error("no request URL is configured");
    const challenge = randomBytes(16).toString("hex");
    const body = this.seal(
      JSON.stringify({ challenge, token: this.#parts.verificationToken, type: "url_verification" }),
    );
    const headers = isSigned ? this.headers(body) : plainHeaders;
    const answer = await post(this.url, { body, headers, signal: AbortSignal.timeout(CHALLENGE_MS_MAX) });
    if (answer.kind === "failed") return { isAccepted: false, status: undefined, reason: answer.reason };
    const { status } = answer;
    if (status !== 200) return { isAccepted: false, status, reason: `status ${status}` };
    const parsed = challengeAnswer.safeParse(jsonOf(answer.body));
    if (!parsed.success) return { isAccepted: false, status, reason: "the answer is no JSON with a challenge" };
    const isAccepted = parsed.data.challenge === challenge;
    return { isAccepted, status, reason: isAccepted ? "" : "another challenge came back" };
  }

  /** The body of a request with this text in it. */
  seal(text: string): string {
    const { encryptKey } = this.#parts;
    return encryptKey === undefined ? text : JSON.stringify({ encrypt: encrypt(text, encryptKey) });
  }

  headers(body: string, nowMs: number = this.#parts.clock.now()): Record<string, string> {
    const { encryptKey } = this.#parts;
    return encryptKey === undefined ? plainHeaders : signedHeaders(body, encryptKey, nowMs);
  }
}

const plainHeaders: Record<string, string> = { "content-type": "application/json; charset=utf-8" };

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
