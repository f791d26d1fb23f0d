// Ids in the shapes the platform gives them. Never the same twice in one simulator, and not in two simulators of one process either.

import { randomBytes } from "node:crypto";

export interface PlatformIds {
  next(prefix: "om_" | "ou_" | "on_" | "oc_" | "t-g1" | "c-" | "img_v3_" | "file_v3_" | ""): string;
  thread(): string;
  cardId(): string;
  reactionId(): string;
}

export function createPlatformIds(): PlatformIds {
  const run = randomBytes(10).toString("hex");
  let count = 0;
  const tail = (): string => {
    count += 1;
    return count.toString(16).padStart(12, "0");
  };
  const digits = (length: number): string => {
    count += 1;
    const salt = BigInt(`0x${run}`).toString().slice(0, 8);
    return `7${salt}${String(count).padStart(length - 1 - salt.length, "0")}`;
  };
  return {
    next: (prefix) => `${prefix}${run}${tail()}`,
    thread: () => `omt_${tail()}${run.slice(0, 4)}`,
    cardId: () => digits(19),
    reactionId: () => `ZCaCIjUBVVWSrm5${run.slice(0, 8)}${tail()}`,
  };
}

/** `cli_` and 16 hex digits: the SDK refuses any other shape for the long connection. */
export const newAppId = (): string => `cli_${randomBytes(8).toString("hex")}`;

export const newSecret = (): string => randomBytes(16).toString("hex");
