// The text of a message as a person reads it: mentions, channels and links by their names, entities unescaped, our own mention gone.

import type { SlackAttachment } from "./slack-events.ts";
import type { Names } from "./slack-names.ts";

const TOKEN = /<([^<>\n]{1,3000})>/g;
const ENTITY = /&(lt|gt|amp);/g;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&" };
/** Looked up at once for one message; what is beyond keeps its id. */
const LOOKUPS_MAX = 30;
const TABLE_CELLS_MAX = 5_000;

export const mentions = (text: string, user: string): boolean =>
  text.includes(`<@${user}>`) || text.includes(`<@${user}|`);

const unescaped = (text: string): string => text.replace(ENTITY, (whole, name: string) => entities[name] ?? whole);

export async function readableText(raw: string, botUser: string, names: Names): Promise<string> {
  const shown = new Map<string, string>();
  const said = withoutCall(raw, botUser);
  const tokens = [...new Set([...said.matchAll(TOKEN)].map((match) => match[1] ?? ""))];
  await Promise.all(
    tokens.map(async (token, place) => {
      shown.set(token, await readable(token, place < LOOKUPS_MAX ? names : undefined));
    }),
  );
  const named = said.replace(TOKEN, (_whole, token: string) => shown.get(token) ?? "");
  return unescaped(named)
    .replace(/[^\S\n]+$/gm, "")
    .trim();
}

/** The ids of the people it names, without us. */
export const namedUsers = (raw: string, botUser: string): readonly string[] =>
  [...new Set([...raw.matchAll(/<@([UW][A-Z0-9]+)/g)].map((match) => match[1] ?? ""))]
    .filter((user) => user !== botUser)
    .slice(0, LOOKUPS_MAX);

/** What stands behind our mention, where words stand before it. */
export async function behindCall(raw: string, botUser: string, names: Names): Promise<string | undefined> {
  const [mention] = new RegExp(`(?<=\\S\\s*)<@${botUser}(?:\\|[^>]*)?>[\\s\\S]*`).exec(raw) ?? [];
  return mention === undefined ? undefined : readableText(mention, botUser, names);
}

/** Without the mentions that call us: `@bot: /status` is `/status`. */
function withoutCall(raw: string, botUser: string): string {
  const mention = `<@${botUser}(?:\\|[^>]*)?>`;
  return raw
    .replace(new RegExp(`^\\s*(?:${mention}\\s*)+[:,：，]?\\s*`), "")
    .replace(new RegExp(` ?${mention}`, "g"), "");
}

async function readable(token: string, names: Names | undefined): Promise<string> {
  const bar = token.indexOf("|");
  const target = bar < 0 ? token : token.slice(0, bar);
  const label = bar < 0 ? "" : token.slice(bar + 1);
  const id = target.slice(1);
  if (target.startsWith("@")) return `@${label || (await names?.person(id))?.name || id}`;
  if (target.startsWith("#")) return `#${label || (await names?.channel(id)) || id}`;
  if (target.startsWith("!subteam")) return `@${label.replace(/^@/, "") || "group"}`;
  // `!here`, and dates with the words to show.
  if (target.startsWith("!")) return label || `@${id.split("^")[0] ?? id}`;
  const address = target.replace(/^mailto:|^tel:/, "");
  return label === "" || label === address ? address : `[${label}](${target})`;
}

/** What came beside the text: pasted tables, and messages that were forwarded. */
export async function attachedText(
  attachments: readonly SlackAttachment[],
  botUser: string,
  names: Names,
): Promise<string> {
  const pieces: string[] = [];
  for (const { blocks, is_share, author_name, text, fallback } of attachments) {
    for (const block of blocks ?? []) {
      const table = tableText(block);
      if (table !== "") pieces.push(table);
    }
    if (is_share === true) {
      const forwarded = await readableText(text ?? fallback ?? "", botUser, names);
      if (forwarded !== "") pieces.push(`[forwarded${author_name ? ` from ${author_name}` : ""}]\n${forwarded}`);
    }
  }
  return pieces.join("\n\n");
}

/** A table block as a Markdown table; empty for any other block. */
function tableText(block: unknown): string {
  if (!isRecord(block) || block.type !== "table" || !Array.isArray(block.rows)) return "";
  const rows: string[] = [];
  let cells = 0;
  for (const row of block.rows) {
    if (!Array.isArray(row)) continue;
    cells += row.length;
    if (cells > TABLE_CELLS_MAX) break;
    rows.push(`| ${row.map((cell) => unescaped(cellText(cell)).replaceAll("|", "\\|")).join(" | ")} |`);
    if (rows.length === 1) rows.push(`|${" --- |".repeat(row.length)}`);
  }
  return rows.join("\n");
}

/** The words of a cell, however deep its rich text nests them. */
function cellText(cell: unknown, depth = 0): string {
  if (!isRecord(cell) || depth > 8) return "";
  if (typeof cell.text === "string") return cell.text;
  if (typeof cell.url === "string") return cell.url;
  return Array.isArray(cell.elements) ? cell.elements.map((element) => cellText(element, depth + 1)).join("") : "";
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
