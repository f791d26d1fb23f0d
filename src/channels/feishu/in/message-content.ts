// What a message says, as a model reads it: its text, and references to the files in it. Never throws, whatever the platform sends.

import { z } from "zod";
import type { FileReference } from "../../../core/message.ts";
import type { ChatMessage } from "./chat-message.ts";
import { fileOf, forwardedOf, imageOf } from "./file-reference.ts";
import type { MentionReader } from "./mention-text.ts";
import { postContent } from "./post-content.ts";

export interface MessageContent {
  readonly text: string;
  readonly files: readonly FileReference[];
}

export interface Reading {
  readonly message: string;
  readonly content: unknown;
  readonly mentions: MentionReader;
}

const TEXT_CHARS_MAX = 100_000;
const LINE_CHARS_MAX = 500;
const CARD_NODES_MAX = 2_000;

const word = z.union([z.string(), z.number()]).transform(String).catch("");
const key = z.string().catch("");

const line = (text: string): MessageContent => ({
  text: `[${text.replace(/\s+/g, " ").trim().slice(0, LINE_CHARS_MAX)}]`,
  files: [],
});

const file = (message: string, fileKey: string, name: string, said: string): MessageContent => ({
  text: `[${said}]`,
  files: fileKey === "" ? [] : [fileOf(message, fileKey, name)],
});

type Reader = (reading: Reading) => MessageContent;

const readers: Readonly<Record<string, Reader>> = {
  text: ({ content, mentions }) => ({ text: mentions.read(z.object({ text: key }).parse(content).text), files: [] }),
  post: postContent,
  image: ({ message, content }) => {
    const { image_key: imageKey } = z.object({ image_key: key }).parse(content);
    return { text: "[image]", files: imageKey === "" ? [] : [imageOf(message, imageKey)] };
  },
  file: ({ message, content }) => {
    const { file_key: fileKey, file_name: name } = z.object({ file_key: key, file_name: key }).parse(content);
    return file(message, fileKey, name, `file ${name}`);
  },
  audio: ({ message, content }) => {
    const { file_key: fileKey, duration } = z
      .object({ file_key: key, duration: z.coerce.number().catch(0) })
      .parse(content);
    return file(message, fileKey, "voice.opus", `voice message, ${Math.round(duration / 1_000)} s`);
  },
  media: ({ message, content }) => {
    const { file_key: fileKey, file_name: name } = z.object({ file_key: key, file_name: key }).parse(content);
    return file(message, fileKey, name || "video.mp4", `video ${name}`);
  },
  sticker: () => line("sticker"),
  merge_forward: ({ message }) => ({ text: "[forwarded messages]", files: [forwardedOf(message)] }),
  interactive: ({ content }) => ({ text: textsOf(content) || "[card]", files: [] }),
  share_chat: ({ content }) => line(`a shared chat: ${z.object({ chat_id: word }).parse(content).chat_id}`),
  share_user: ({ content }) => line(`a shared contact: ${z.object({ user_id: word }).parse(content).user_id}`),
  location: ({ content }) => {
    const { name, latitude, longitude } = z.object({ name: word, latitude: word, longitude: word }).parse(content);
    return line(`location: ${name} (${latitude}, ${longitude})`);
  },
  hongbao: () => line("a red packet"),
};

export function messageContent({ id, type, content }: ChatMessage, mentions: MentionReader): MessageContent {
  const parsed = parseJson(content);
  try {
    const read = (Object.hasOwn(readers, type) ? readers[type] : undefined) ?? other(type);
    const { text, files } = read({ message: id, content: parsed, mentions });
    return { text: text.slice(0, TEXT_CHARS_MAX).trim(), files };
  } catch {
    // Of a known type and in another shape.
    return other(type)({ message: id, content: parsed, mentions });
  }
}

/** System lines, todos, votes, calendars, and what has not been invented yet: its type and the words in it. */
const other =
  (type: string): Reader =>
  ({ content }) => {
    const words = textsOf(content).replace(/\n+/g, "; ");
    return line(words === "" ? `a message of the type ${type}` : `${type}: ${words}`);
  };

const SPOKEN: ReadonlySet<string> = new Set([
  "text",
  "content",
  "title",
  "subtitle",
  "summary",
  "topic",
  "name",
  "file_name",
  "template",
  "options",
  "user_name",
]);

/** The words in any structure of cards, of any version: what stands under the names that hold words. */
export function textsOf(content: unknown): string {
  const texts: string[] = [];
  const rest: { readonly value: unknown; readonly isSpoken: boolean }[] = [{ value: content, isSpoken: true }];
  for (let nodes = 0; rest.length > 0 && nodes < CARD_NODES_MAX; nodes += 1) {
    const { value, isSpoken } = rest.pop() ?? { value: undefined, isSpoken: false };
    if (typeof value === "string") {
      if (isSpoken && value.trim() !== "") texts.push(value.trim());
    } else if (Array.isArray(value)) {
      for (const one of value.toReversed()) rest.push({ value: one, isSpoken });
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      for (const [name, one] of entries.toReversed()) rest.push({ value: one, isSpoken: SPOKEN.has(name) });
    }
  }
  return texts.join("\n");
}

/** Forwarded messages have a fixed sentence instead of JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
