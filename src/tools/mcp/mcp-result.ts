// What a foreign tool gives back, as text for the model: pictures, sounds and files are named, not passed on.

import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

const CHARS_MAX = 1_000_000;
const ITEMS_MAX = 500;

export function resultText({ content, structuredContent }: CallToolResult): string {
  const parts = content.slice(0, ITEMS_MAX).map(itemText);
  if (content.length > ITEMS_MAX) parts.push(`(${content.length - ITEMS_MAX} more parts)`);
  if (!content.some(({ type }) => type === "text") && structuredContent) parts.push(JSON.stringify(structuredContent));
  const text = parts.join("\n").trim();
  if (text === "") return "(It gave nothing back.)";
  return text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}\n(It goes on; this is what fits.)` : text;
}

function itemText(item: CallToolResult["content"][number]): string {
  switch (item.type) {
    case "text":
      return item.text;
    case "image":
    case "audio":
      return `(${item.type}, ${item.mimeType}, ${sizeOf(item.data)}: not shown)`;
    case "resource_link":
      return `(link: ${item.name}, ${item.uri})`;
    case "resource": {
      const { resource } = item;
      if ("text" in resource) return `(${resource.uri})\n${resource.text}`;
      return `(file: ${resource.uri}, ${resource.mimeType ?? "kind unknown"}, ${sizeOf(resource.blob)}: not shown)`;
    }
  }
}

/** Of what is written in base64. */
const sizeOf = (data: string): string => `${Math.ceil((data.length * 3) / 4 / 1024)} kB`;
