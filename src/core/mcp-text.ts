// What administrators read about MCP servers and the tools that are held back, in English and Chinese: beside user-text.ts, and by
// its rules.

import { fenced } from "./consent-text.ts";
import type { HeldTool, McpServerStatus, ToolWords } from "./mcp-desk.ts";
import type { Language } from "./message.ts";
import { sayFrom } from "./sentences.ts";

const REASON_CHARS_MAX = 200;
const DESCRIPTION_CHARS_MAX = 600;
const NAMES_MAX = 20;
const UNSEEN = /[^\P{C}\n]/gu;

const sentences = {
  notYours: {
    en: () => "MCP servers are looked after by this bot's administrators; please ask one of them.",
    zh: () => "MCP 服务器由机器人的管理员管理，请联系管理员。",
  },
  none: { en: () => "No MCP server is configured.", zh: () => "没有配置 MCP 服务器。" },
  heldBack: {
    en: () => "Held back, since they are not what was accepted:",
    zh: () => "以下工具与已接受的内容不同，暂不提供：",
  },
  howTo: {
    en: () =>
      "Accept one with `/mcp accept <server> <tool>`, all that is shown of a server with `/mcp accept <server>`.",
    zh: () =>
      "用 `/mcp accept <服务器> <工具>` 接受一个工具，用 `/mcp accept <服务器>` 接受上面列出的该服务器的全部工具。",
  },
  more: {
    en: (count: number) => `(${count} more wait behind these.)`,
    zh: (count: number) => `（还有 ${count} 个。）`,
  },
  usage: {
    en: () => "`/mcp` lists the servers, `/mcp accept <server> [tool]` accepts what it showed as held back.",
    zh: () => "`/mcp` 列出服务器，`/mcp accept <服务器> [工具]` 接受其中列出的待确认工具。",
  },
  lookFirst: {
    en: () => "Nothing was accepted: send `/mcp` first and look at what is held back now.",
    zh: () => "没有接受任何工具：请先发送 `/mcp` 查看当前待确认的内容。",
  },
  accepted: {
    en: (names: string) => `Accepted: ${names}.`,
    zh: (names: string) => `已接受：${names}。`,
  },
  notAccepted: {
    en: (names: string) => `Not accepted, since it changed again or is gone: ${names}. Look with \`/mcp\`.`,
    zh: (names: string) => `未接受（内容再次变化或已消失）：${names}。请用 \`/mcp\` 查看。`,
  },
} as const;

export const mcpText = sayFrom(sentences);

const states: Readonly<Record<McpServerStatus["state"], Readonly<Record<Language, string>>>> = {
  connecting: { en: "connecting", zh: "正在连接" },
  ready: { en: "ready", zh: "可用" },
  resting: { en: "lost, tried again by itself", zh: "已断开，会自动重试" },
  stopped: { en: "stopped", zh: "已停止" },
  off: { en: "off", zh: "未启用" },
};

export function serverLine({ server, state, reason, tools }: McpServerStatus, language: Language): string {
  const why = reason === "" ? "" : ` (${oneLine(reason).slice(0, REASON_CHARS_MAX)})`;
  const count = language === "zh" ? `${tools.length} 个工具` : `${tools.length} tools`;
  return `- \`${server}\`: ${states[state][language]}${why}, ${count}`;
}

const reasons: Readonly<Record<HeldTool["reason"], Readonly<Record<Language, string>>>> = {
  new: { en: "new", zh: "新工具" },
  changed: { en: "changed", zh: "内容有变化" },
  unusable: { en: "not usable", zh: "不可用" },
};

/** A server's words stand in a fence: they are a stranger's. */
export function heldLines(held: HeldTool, language: Language): string {
  const { server, tool, reason, message, offer, before } = held;
  const head = `- \`${server}\` \`${plainName(tool)}\`: ${reasons[reason][language]}`;
  if (!offer) return `${head} (${oneLine(message)})`;
  const lines = before ? changedWords(before, offer.words, language) : saidWords(offer.words, language);
  return `${head}\n${fenced(lines.join("\n"))}`;
}

function saidWords({ description, parameters }: ToolWords, language: Language): string[] {
  const names = Object.keys(parameters);
  const label = language === "zh" ? "参数" : "parameters";
  return [...prefixed("+", description), ...(names.length > 0 ? [`+ ${label}: ${listed(names)}`] : [])];
}

function changedWords(before: ToolWords, now: ToolWords, language: Language): string[] {
  const lines =
    before.description === now.description
      ? []
      : [...prefixed("-", before.description), ...prefixed("+", now.description)];
  const names = [...new Set([...Object.keys(before.parameters), ...Object.keys(now.parameters)])];
  const of = (words: ToolWords, name: string) =>
    Object.hasOwn(words.parameters, name) ? words.parameters[name] : undefined;
  const [gone, come, other] = [
    names.filter((name) => of(now, name) === undefined),
    names.filter((name) => of(before, name) === undefined),
    names.filter(
      (name) => of(before, name) !== undefined && of(now, name) !== undefined && of(before, name) !== of(now, name),
    ),
  ];
  const label = language === "zh" ? "参数" : "parameters";
  if (gone.length > 0) lines.push(`- ${label}: ${listed(gone)}`);
  if (come.length > 0) lines.push(`+ ${label}: ${listed(come)}`);
  if (other.length > 0) lines.push(`~ ${label}: ${listed(other)}`);
  const unseen = {
    en: "only in what is not shown: hidden characters, details of the schema",
    zh: "仅有不可见字符或参数细节的变化",
  };
  return lines.length > 0 ? lines : [unseen[language]];
}

const oneLine = (text: string): string => text.replace(UNSEEN, "").replace(/\s+/g, " ").trim();
const plainName = (name: string): string => oneLine(name).replaceAll("`", "'").slice(0, 100);

const prefixed = (sign: string, text: string): string[] => {
  const shown = text.replace(UNSEEN, "");
  const cut = shown.length > DESCRIPTION_CHARS_MAX ? `${shown.slice(0, DESCRIPTION_CHARS_MAX)}…` : shown;
  return cut.split("\n").map((line) => `${sign} ${line}`);
};

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, NAMES_MAX).map(plainName).join(", ");
  return names.length > NAMES_MAX ? `${shown}, …` : shown;
};
