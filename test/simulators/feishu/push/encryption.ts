// How the platform seals a webhook's body and signs the request.

import { createCipheriv, createHash, randomBytes } from "node:crypto";

/** AES-256-CBC under sha256(key), the IV in front, base64. */
export function encrypt(text: string, encryptKey: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", createHash("sha256").update(encryptKey).digest(), iv);
  return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}

export const signature = (timestamp: string, nonce: string, encryptKey: string, body: string | Buffer): string =>
  createHash("sha256").update(`${timestamp}${nonce}${encryptKey}`).update(body).digest("hex");

/** Timestamp in seconds, nonce and signature as the platform's headers. */
export function signedHeaders(body: string | Buffer, encryptKey: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const nonce = randomBytes(8).toString("hex");
  return {
    "content-type": "application/json; charset=utf-8",
    "x-lark-request-timestamp": timestamp,
    "x-lark-request-nonce": nonce,
    "x-lark-signature": signature(timestamp, nonce, encryptKey, body),
  };
}
