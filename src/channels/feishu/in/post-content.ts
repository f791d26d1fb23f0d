// A rich text (`post`) as Markdown. Events carry it bare, other places with a language around it.

import { z } from "zod";
import type { FileReference } from "../../../core/message.ts";
import { fileOf, imageOf } from "./file-reference.ts";
import type { MessageContent, Reading } from "./message-content.ts";

const words = z.string().catch("");

const element = z.object({
  tag: words,
  text: words,
  href: words,
  user_id: words,
  user_name: words,
  image_key: words,
  file_key: words,
  file_name: words,
  emoji_type: words,
  language: words,
});
type Element = z.infer<typeof element>;

const bare = z.object({ title: words, content: z.array(z.array(z.unknown()).catch([])) });
const post = z.union([
  bare,
  z.record(z.string(), bare).transform((languages) => Object.values(languages)[0] ?? { title: "", content: [] }),
]);

/** Throws on what is no post. */
export function postContent({ message, content, mentions }: Reading): MessageContent {
  const { title, content: rows } = post.parse(content);
  const files: FileReference[] = [];

  const shown = (one: Element): string => {
    switch (one.tag) {
      case "text":
      case "md":
        return mentions.read(one.text);
      case "a":
        return one.href === "" || one.href === one.text
          ? one.text || one.href
          : `[${one.text || one.href}](${one.href})`;
      case "at": {
        const name = mentions.name(one.user_id);
        return name === one.user_id && one.user_name !== "" ? `@${one.user_name}` : name;
      }
      case "img":
        if (one.image_key !== "") files.push(imageOf(message, one.image_key));
        return "[image]";
      case "media":
        if (one.file_key !== "") files.push(fileOf(message, one.file_key, one.file_name || "video.mp4"));
        return "[video]";
      case "emotion":
        return `[${one.emoji_type}]`;
      case "code_block":
        return `\n\`\`\`${one.language.toLowerCase()}\n${one.text.replace(/\n$/, "")}\n\`\`\`\n`;
      case "hr":
        return "\n---\n";
      default:
        return one.text;
    }
  };

  const lines = rows.map((row) =>
    row
      .flatMap((one) => element.safeParse(one).data ?? [])
      .map(shown)
      .join(""),
  );
  const text = lines.join("\n");
  return { text: title === "" ? text : `${title}\n\n${text}`, files };
}
