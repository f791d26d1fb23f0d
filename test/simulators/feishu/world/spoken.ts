// What people can say, and how Feishu writes it into a message's content.

import type { Chat, Mention, User } from "./world-records.ts";

/** Marks `<@0>`, `<@1>`, ... stand for `mentions[0]`, ...; without a mark all mentions come first. */
export type Said =
  | { readonly text: string }
  /** Rows of elements as events carry them, without a language around. */
  | {
      readonly post: {
        readonly title?: string;
        readonly content: readonly (readonly Readonly<Record<string, unknown>>[])[];
      };
    }
  | { readonly image: Buffer }
  | { readonly file: { readonly name: string; readonly bytes: Buffer } }
  | { readonly audio: { readonly bytes: Buffer; readonly durationMs: number } }
  | { readonly video: { readonly name: string; readonly bytes: Buffer; readonly durationMs: number } }
  | { readonly mergeForward: readonly { readonly from: User; readonly said: Said }[] }
  /** Another app's card; the event carries a degraded text of it. */
  | { readonly interactive: Readonly<Record<string, unknown>>; readonly degraded?: string }
  | { readonly sticker: string }
  /** A type nobody has heard of, or one of the rarer ones. */
  | { readonly unknown: { readonly type: string; readonly content: Readonly<Record<string, unknown>> | string } };

export type Mentioned = User | "bot" | "all";

export interface Written {
  readonly messageType: string;
  readonly content: string;
  readonly card?: Readonly<Record<string, unknown>>;
}

/** Keeps a file's bytes under a new key. */
export type Keep = (file: {
  readonly kind: "image" | "file";
  readonly type: string;
  readonly name: string;
  readonly bytes: Buffer;
}) => string;

export function write(said: Said, mentions: readonly Mention[], keep: Keep, chat: Chat): Written {
  const { messageType, content, card } = writeContent(said, keep, chat);
  const placed = placeMentions(content, messageType, mentions);
  return { messageType, content: JSON.stringify(placed), ...(card ? { card } : {}) };
}

interface Draft {
  readonly messageType: string;
  readonly content: unknown;
  readonly card?: Readonly<Record<string, unknown>>;
}

function writeContent(said: Said, keep: Keep, chat: Chat): Draft {
  if ("text" in said) return { messageType: "text", content: { text: said.text } };
  if ("post" in said)
    return { messageType: "post", content: { title: said.post.title ?? "", content: said.post.content } };
  if ("image" in said) {
    return {
      messageType: "image",
      content: { image_key: keep({ kind: "image", type: "png", name: "", bytes: said.image }) },
    };
  }
  if ("file" in said) {
    const { name, bytes } = said.file;
    return {
      messageType: "file",
      content: { file_key: keep({ kind: "file", type: "stream", name, bytes }), file_name: name },
    };
  }
  if ("audio" in said) {
    const { bytes, durationMs } = said.audio;
    const key = keep({ kind: "file", type: "opus", name: "voice.opus", bytes });
    return { messageType: "audio", content: { file_key: key, duration: durationMs } };
  }
  if ("video" in said) {
    const { name, bytes, durationMs } = said.video;
    const key = keep({ kind: "file", type: "mp4", name, bytes });
    const cover = keep({ kind: "image", type: "png", name: "", bytes: Buffer.alloc(0) });
    return {
      messageType: "media",
      content: { file_key: key, image_key: cover, file_name: name, duration: durationMs },
    };
  }
  if ("mergeForward" in said) return { messageType: "merge_forward", content: "Merged and Forwarded Message" };
  if ("interactive" in said) {
    const text = said.degraded ?? `a card in ${chat.name}`;
    return {
      messageType: "interactive",
      content: { title: "", elements: [[{ tag: "text", text }]] },
      card: said.interactive,
    };
  }
  if ("sticker" in said) return { messageType: "sticker", content: { file_key: said.sticker } };
  return { messageType: said.unknown.type, content: said.unknown.content };
}

function placeMentions(content: unknown, messageType: string, mentions: readonly Mention[]): unknown {
  if (mentions.length === 0) return content;
  const written = JSON.stringify(content);
  if (/<@\d+>/.test(written)) {
    return JSON.parse(written.replace(/<@(\d+)>/g, (mark, index: string) => mentions[Number(index)]?.key ?? mark));
  }
  const parsed = JSON.parse(written);
  if (messageType === "text") return { ...parsed, text: [...mentions.map(({ key }) => key), parsed.text].join(" ") };
  if (messageType !== "post") return content;
  const ats = mentions.map(({ key }) => ({ tag: "at", user_id: key, user_name: "", style: [] }));
  return { ...parsed, content: [[...ats, ...(parsed.content[0] ?? [])], ...parsed.content.slice(1)] };
}

/** Keys in order of mention; the same person twice has two. */
export function numberMentions(mentioned: readonly Mentioned[]): readonly Mention[] {
  let count = 0;
  return mentioned.map((one) => {
    if (one === "all") return { key: "@_all", user: undefined };
    count += 1;
    return { key: `@_user_${count}`, user: one === "bot" ? ("self" as const) : one };
  });
}
