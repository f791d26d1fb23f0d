// Delivery over HTTP: signed POSTs as Slack makes them, with its retry headers and its patience for redirects.

import { createHmac } from "node:crypto";
import type { Clock } from "../../../src/core/clock.ts";
import type { Answer, Attempt, Delivery, Transport } from "./deliveries.ts";
import { REDIRECTS_MAX } from "./limits.ts";
import type { Wire } from "./wire-shapes.ts";

export interface HttpTarget {
  readonly url: string;
  /** Buttons and views; absent: the same URL. */
  readonly interactivityUrl?: string;
  readonly commandsUrl?: string;
}

/** The signature of a body, for tests that want to send their own. */
export function slackSignature(signingSecret: string, timestamp: string, body: string): string {
  return `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

export function signedHeaders(signingSecret: string, clock: Clock, body: string): Record<string, string> {
  const timestamp = String(Math.floor(clock.now() / 1000));
  return {
    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "X-Slack-Request-Timestamp": timestamp,
    "X-Slack-Signature": slackSignature(signingSecret, timestamp, body),
  };
}

export class HttpDelivery implements Transport {
  readonly reasons = { timeout: "http_timeout" };
  readonly #target: HttpTarget;
  readonly #signingSecret: string;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  constructor(target: HttpTarget, signingSecret: string, clock: Clock) {
    this.#target = target;
    this.#signingSecret = signingSecret;
    this.#clock = clock;
  }

  /** Slack asks before it believes in a URL. */
  async verify(challenge: string): Promise<void> {
    const body = JSON.stringify({ token: "unused", challenge, type: "url_verification" });
    const response = await this.#post(this.#target.url, body, { "Content-Type": "application/json" });
    const text = await response.text();
    if (response.ok && (text === challenge || text.includes(`"challenge":"${challenge}"`))) return;
    throw new Error(`the URL did not answer the challenge: ${response.status} ${text.slice(0, 200)}`);
  }

  send(delivery: Delivery, attempt: Attempt, answer: (answer: Answer) => void): void {
    void this.#deliver(delivery, attempt).then(answer, () => answer({ outcome: "connection_failed" }));
  }

  reached(): boolean {
    return true;
  }

  close(): void {
    this.#stop.abort();
  }

  async #deliver(delivery: Delivery, attempt: Attempt): Promise<Answer> {
    const { url, contentType, body } = this.#request(delivery);
    const retry =
      attempt.retryNum > 0
        ? { "X-Slack-Retry-Num": String(attempt.retryNum), "X-Slack-Retry-Reason": attempt.reason ?? "unknown_error" }
        : {};
    const response = await this.#post(url, body, { "Content-Type": contentType, ...retry });
    const text = await response.text();
    if (response.ok) return { outcome: "acked", ...(text === "" ? {} : { response: jsonOrText(text) }) };
    if (response.status >= 300 && response.status < 400) return { outcome: "too_many_redirects" };
    return { outcome: "http_error", isFinal: response.headers.get("x-slack-no-retry") === "1" };
  }

  #request({ kind, payload }: Delivery): { readonly url: string; readonly contentType: string; readonly body: string } {
    const contentType = "application/x-www-form-urlencoded";
    switch (kind) {
      case "events_api":
        return { url: this.#target.url, contentType: "application/json", body: JSON.stringify(payload) };
      case "interactive": {
        const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
        return { url: this.#target.interactivityUrl ?? this.#target.url, contentType, body };
      }
      case "slash_commands":
        return { url: this.#target.commandsUrl ?? this.#target.url, contentType, body: formOf(payload) };
    }
  }

  async #post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const signed = { ...headers, ...signedHeaders(this.#signingSecret, this.#clock, body) };
    let response: Response;
    let next = url;
    let redirects = 0;
    do {
      response = await fetch(next, {
        method: "POST",
        body,
        headers: signed,
        redirect: "manual",
        signal: this.#stop.signal,
      });
      next = new URL(response.headers.get("location") ?? "", next).href;
    } while (response.status >= 300 && response.status < 400 && redirects++ < REDIRECTS_MAX);
    return response;
  }
}

/** Over HTTP every field of a command is a string, the booleans too. */
const formOf = (payload: Wire): string =>
  new URLSearchParams(
    Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
