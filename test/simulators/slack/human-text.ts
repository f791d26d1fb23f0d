// What a person types becomes what Slack keeps: escaped, with mentions, channels and links in angle brackets, and rich text beside it.

import type { Block } from "./records.ts";
import type { SlackWorld } from "./world.ts";

const WORD = /(?<!\w)@([a-z0-9]+(?:[._-][a-z0-9]+)*)|(?<!\w)#([a-z0-9_-]+)|https?:\/\/[^\s<>]+/g;
const TOKEN = /<([^>]+)>/g;

export function keptText(world: SlackWorld, typed: string): string {
  const escaped = typed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replaceAll(WORD, (whole: string, person?: string, channel?: string) => {
    if (person !== undefined) {
      const user = [...world.users.values()].find(({ name }) => name === person);
      return user ? `<@${user.id}>` : whole;
    }
    if (channel === undefined) return `<${whole}>`;
    const found = [...world.channels.values()].find(({ name }) => name === channel);
    return found ? `<#${found.id}|${found.name}>` : whole;
  });
}

export function richText(kept: string, blockId: string): Block {
  const elements: Record<string, unknown>[] = [];
  let from = 0;
  const asTyped = (text: string): string =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const plain = (until: number): void => {
    if (until > from) elements.push({ type: "text", text: asTyped(kept.slice(from, until)) });
  };
  for (const match of kept.matchAll(TOKEN)) {
    const token = match[1] ?? "";
    plain(match.index);
    if (token.startsWith("@")) elements.push({ type: "user", user_id: token.slice(1) });
    else if (token.startsWith("#")) elements.push({ type: "channel", channel_id: token.slice(1).split("|")[0] });
    else elements.push({ type: "link", url: asTyped(token) });
    from = match.index + match[0].length;
  }
  plain(kept.length);
  return { type: "rich_text", block_id: blockId, elements: [{ type: "rich_text_section", elements }] };
}
