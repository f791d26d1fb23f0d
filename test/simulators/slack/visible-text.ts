// What a person reads of a message: blocks, Markdown and stream flattened to text.

import type { Block, Ephemeral, Message } from "./records.ts";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text object, a rich text element, a plain string: its words. */
function words(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join(" ");
  if (!isRecord(value)) return "";
  switch (value.type) {
    case "user":
      return `<@${String(value.user_id)}>`;
    case "channel":
      return `<#${String(value.channel_id)}>`;
    case "link":
      return String(value.text ?? value.url);
    case "emoji":
      return `:${String(value.name)}:`;
    case "image":
      return `[image: ${String(value.alt_text)}]`;
    case "rich_text":
      return list(value.elements).map(words).join("\n");
    case "rich_text_list":
      return list(value.elements)
        .map((element) => `• ${words(element)}`)
        .join("\n");
    case "rich_text_section":
    case "rich_text_quote":
    case "rich_text_preformatted":
      return list(value.elements).map(words).join("");
    case "button":
    case "icon_button":
      return `[${words(value.text)}]`;
    case "feedback_buttons":
      return `${words(value.positive_button)} ${words(value.negative_button)}`.trim();
  }
  return words(value.text);
}

function blockText(block: Block): string {
  switch (block.type) {
    case "divider":
      return "---";
    case "section":
      return [words(block.text), ...list(block.fields).map(words), words(block.accessory)].filter(Boolean).join("\n");
    case "context":
    case "actions":
    case "context_actions":
      return list(block.elements).map(words).join(" ");
    case "table":
    case "data_table":
      return list(block.rows)
        .map((row) => list(row).map(words).join(" | "))
        .join("\n");
    case "task_card":
      return taskText(block);
    case "plan":
      return [words(block.title), ...list(block.tasks).filter(isRecord).map(taskText)].join("\n");
    case "card":
    case "alert":
      return [block.title, block.subtitle, block.body, block.text].map(words).filter(Boolean).join("\n");
    case "image":
      return `[image: ${words(block.title) || String(block.alt_text)}]`;
    case "container":
      return [words(block.title), ...list(block.child_blocks).filter(isBlock).map(blockText)].join("\n");
    default:
      return words(block);
  }
}

const isBlock = (value: unknown): value is Block => isRecord(value) && typeof value.type === "string";

const taskText = (task: Readonly<Record<string, unknown>>): string =>
  [`[${String(task.status)}] ${words(task.title)}`, words(task.details), words(task.output)].filter(Boolean).join("\n");

export const blocksText = (blocks: readonly Block[]): string => blocks.map(blockText).filter(Boolean).join("\n");

/** As the given person sees it (absent: as its recipient): a growing stream shows others of a channel only its first piece. */
export function visibleText(message: Message | Ephemeral, as?: string): string {
  const stream = "stream" in message ? message.stream : undefined;
  const isOnlooker = as !== undefined && stream?.recipient !== undefined && stream.recipient !== as;
  if (stream?.state === "streaming" && isOnlooker) return stream.firstText;
  const tasks = stream ? [...stream.tasks.values()].map(taskText) : [];
  const parts = [
    ...(stream?.planTitle ? [stream.planTitle] : []),
    ...tasks,
    ...(message.markdown ? [message.markdown] : []),
    ...(message.blocks.length > 0 ? [blocksText(message.blocks)] : []),
  ];
  return parts.length > 0 ? parts.join("\n") : message.text;
}
