// Mentions stand in a text as placeholders: puts names in their place, and takes out the bot's own.

import type { Mention } from "./chat-message.ts";

/** The whole number is read at once, so `@_user_1` is never found in `@_user_10`; a blank goes with what is taken out. */
const PLACEHOLDER = /(@_user_\d+|@_all(?!\w))( ?)/g;

export interface MentionReader {
  /** A placeholder that nobody is behind was typed by hand, and stays. */
  read(text: string): string;
  /** The same for an element of a rich text, which names its person by placeholder or id. */
  name(keyOrId: string): string;
}

/** `own` stands where the bot is mentioned. */
export function createMentionReader(mentions: readonly Mention[], botOpenId: string, own = ""): MentionReader {
  const byKey = new Map(mentions.map((mention) => [mention.key, mention]));
  const byId = new Map(mentions.map((mention) => [mention.openId, mention]));

  const name = (keyOrId: string): string => {
    if (keyOrId === "@_all" || keyOrId === "all") return "@all";
    const mention = byKey.get(keyOrId) ?? byId.get(keyOrId);
    if ((mention?.openId ?? keyOrId) === botOpenId) return own;
    return mention ? `@${mention.name}` : keyOrId;
  };
  return {
    name,
    read: (text) =>
      text.replace(PLACEHOLDER, (_, key: string, blank: string) => {
        const shown = name(key);
        return shown === "" ? "" : shown + blank;
      }),
  };
}
