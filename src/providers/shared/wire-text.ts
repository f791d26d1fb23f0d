// What stands on the wire where there is nothing to say but the vendors' rules want something. Never changed lightly: these
// words are part of the byte-stable prefix (P11).

import type { Image } from "../../core/message.ts";

const SENDABLE = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export type SendableMediaType = (typeof SENDABLE)[number];

export const EMPTY_MESSAGE = "(empty message)";
/** Stands after a reply at the end of the conversation, where vendors want the person's turn. */
export const GO_ON = "(go on)";
const NO_OUTPUT = "(no output)";

export const isBlank = (text: string): boolean => text.trim() === "";

/** An empty result is refused by Anthropic where it is an error, and puzzles models everywhere. */
export const resultText = (result: string): string => (isBlank(result) ? NO_OUTPUT : result);

export const sendableMediaType = (image: Image): SendableMediaType | undefined =>
  SENDABLE.find((mediaType) => mediaType === image.mediaType);

/** Stands for an image no vendor takes, so that the person's message still makes sense to the model. */
export const unsendableImageText = (image: Image): string =>
  `(an image of type ${image.mediaType}, which cannot be shown to you)`;
