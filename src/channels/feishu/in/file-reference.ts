// What comes with a message and is fetched when its work begins: files of the message, and what it quotes or forwards.

import { z } from "zod";
import type { FileReference } from "../../../core/message.ts";

/** How we find it again; stored with the message. */
export const filePlace = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("resource"), message: z.string(), key: z.string(), type: z.enum(["image", "file"]) }),
  /** A quoted message; its text, where it was read in time. */
  z.object({ kind: z.literal("quoted"), message: z.string(), text: z.string().exactOptional() }),
  z.object({ kind: z.literal("forwarded"), message: z.string() }),
]);

export type FilePlace = z.infer<typeof filePlace>;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  pdf: "application/pdf",
  json: "application/json",
  csv: "text/csv",
  md: "text/markdown",
  txt: "text/plain",
  opus: "audio/ogg",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
};
const NAME_CHARS_MAX = 120;

/** A name without a way to anywhere. */
const safeName = (name: string): string =>
  name
    .replace(/[\p{Cc}\\/]+/gu, "_")
    .slice(-NAME_CHARS_MAX)
    .trim() || "file";

const reference = (name: string, mediaType: string, at: FilePlace): FileReference => ({
  name: safeName(name),
  mediaType,
  // The platform does not tell; what is fetched is bounded.
  bytes: 0,
  at,
});

export const imageOf = (message: string, key: string): FileReference =>
  reference("image.png", "image/png", { kind: "resource", message, key, type: "image" });

export function fileOf(message: string, key: string, name: string): FileReference {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  const mediaType = MEDIA_TYPES[ending] ?? "application/octet-stream";
  return reference(name, mediaType, { kind: "resource", message, key, type: "file" });
}

export const quoteOf = (message: string, text?: string): FileReference =>
  reference("quoted message", "text/plain", { kind: "quoted", message, ...(text === undefined ? {} : { text }) });

export const forwardedOf = (message: string): FileReference =>
  reference("forwarded messages", "text/plain", { kind: "forwarded", message });

const SIGNATURES: readonly (readonly [string, string])[] = [
  ["89504e47", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["47494638", "image/gif"],
];

/** What an image is by its first bytes: its name and the platform's word for it are often wrong. */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 12));
  if (start.toString("latin1", 0, 4) === "RIFF" && start.toString("latin1", 8, 12) === "WEBP") return "image/webp";
  return SIGNATURES.find(([signature]) => start.toString("hex").startsWith(signature))?.[1];
}
