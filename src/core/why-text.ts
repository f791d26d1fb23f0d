// What `/why` says, in English and Chinese: beside user-text.ts, and by its rules. One line a fact, short enough for a chat.

import { usdText } from "./budget-text.ts";
import type { DeliveryFate, TaskAccount } from "./explanation.ts";
import type { Language } from "./message.ts";
import { sayFrom } from "./sentences.ts";

const sentences = {
  asked: {
    en: (name: string, id: string, at: string, text: string) => `**${name}** (\`${id}\`) on ${at}: \`${text}\``,
    zh: (name: string, id: string, at: string, text: string) => `**${name}**（\`${id}\`）于 ${at}：\`${text}\``,
  },
  together: {
    en: (others: number) => `Worked together with ${others} more of the same person.`,
    zh: (others: number) => `与同一人的另外 ${others} 条消息一起处理。`,
  },
  command: { en: () => "A command, answered at once.", zh: () => "这是命令，已立即回复。" },
  refused: { en: (reason: string) => `Refused (${reason}).`, zh: (reason: string) => `已拒绝（${reason}）。` },
  withdrawn: { en: () => "Taken back by the sender.", zh: () => "发送者已撤回。" },
  answered: {
    en: (agent: string, times: string) => `Answered by ${agent}; ${times}.`,
    zh: (agent: string, times: string) => `由 ${agent} 回答；${times}。`,
  },
  failed: {
    en: (agent: string, times: string, reason: string) => `Failed (${reason}), worked by ${agent}; ${times}.`,
    zh: (agent: string, times: string, reason: string) => `失败（${reason}），由 ${agent} 处理；${times}。`,
  },
  cancelled: {
    en: (agent: string, times: string) => `Stopped, worked by ${agent}; ${times}.`,
    zh: (agent: string, times: string) => `已停止，由 ${agent} 处理；${times}。`,
  },
  running: {
    en: (agent: string, times: string, doing: string) => `Being worked by ${agent} (${doing}); ${times}.`,
    zh: (agent: string, times: string, doing: string) => `${agent} 正在处理（${doing}）；${times}。`,
  },
  asksModel: { en: () => "the model is asked", zh: () => "正在询问模型" },
  runsTool: { en: (tool: string) => `\`${tool}\` runs`, zh: (tool: string) => `正在运行 \`${tool}\`` },
  behind: {
    en: (before: number) => `Waits behind ${before} before it.`,
    zh: (before: number) => `前面还有 ${before} 条在等待。`,
  },
  forSlot: { en: () => "Waits for a free place to run.", zh: () => "正在等待空闲的运行位置。" },
  untilRetry: {
    en: (seconds: string) => `Waits ${seconds} before it is tried again.`,
    zh: (seconds: string) => `${seconds}后重试。`,
  },
  forConsent: {
    en: (what: string) => `Waits for consent to ${what}.`,
    zh: (what: string) => `正在等待批准：${what}。`,
  },
  times: {
    en: (waited: string, worked: string) => `waited ${waited}, worked ${worked}`,
    zh: (waited: string, worked: string) => `等待 ${waited}，处理 ${worked}`,
  },
  begun: {
    en: (times: number) => `, begun ${times} times (crash, retry or consent in between)`,
    zh: (times: number) => `，共开始 ${times} 次（中间有崩溃、重试或等待批准）`,
  },
  tool: {
    en: (tool: string, status: string, calls: number, took: string, rules: string) =>
      `- \`${tool}\`: ${status}${times(calls)}${took === "" ? "" : `, ${took}`}${rules === "" ? "" : ` (${rules})`}`,
    zh: (tool: string, status: string, calls: number, took: string, rules: string) =>
      `- \`${tool}\`：${status}${times(calls)}${took === "" ? "" : `，${took}`}${rules === "" ? "" : `（${rules}）`}`,
  },
  noResult: { en: () => "no result yet", zh: () => "尚无结果" },
  consent: {
    en: (what: string, state: string, by: string) =>
      `- Consent to \`${what}\`: ${state}${by === "" ? "" : ` by ${by}`}`,
    zh: (what: string, state: string, by: string) => `- 批准 \`${what}\`：${state}${by === "" ? "" : `（${by}）`}`,
  },
  decided: {
    en: (who: string, what: string, decision: string, rule: string) => `- ${who}, ${what}: ${decision} (${rule})`,
    zh: (who: string, what: string, decision: string, rule: string) => `- ${who}，${what}：${decision}（${rule}）`,
  },
  agent: {
    en: (agent: string, task: string, state: string) => `- Called @${agent} (\`${task}\`): ${state}`,
    zh: (agent: string, task: string, state: string) => `- 调用了 @${agent}（\`${task}\`）：${state}`,
  },
  ids: {
    en: (task: string, session: string) => `\`${task}\` in \`${session}\``,
    zh: (task: string, session: string) => `\`${task}\`，会话 \`${session}\``,
  },
  none: {
    en: () => "There is no such message here: `/why`, `/why 2` for the one before, or `/why` and the id of a task.",
    zh: () => "这里没有这条消息：可用 `/why`、`/why 2`（再前一条），或 `/why` 加任务编号。",
  },
} as const;

export const whyText = sayFrom(sentences);

/** One line for the calls to one model that ended alike. */
export function modelText(
  { model, calls, usage, usd, failure }: TaskAccount["models"][number],
  language: Language,
): string {
  const input = usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens;
  const cached = input === 0 ? 0 : Math.round((usage.cachedInputTokens / input) * 100);
  const [tokensIn, tokensOut, money] = [count(input), count(usage.outputTokens), usdText(usd)];
  if (language === "zh") {
    const taken = `输入 ${tokensIn} 个词元（缓存 ${cached}%），输出 ${tokensOut} 个，${money}`;
    return failure === null
      ? `- ${model}：${calls} 次，${taken}`
      : `- ${model}：${calls} 次中断（${failure}），约 ${money}`;
  }
  const taken = `${tokensIn} tokens in (${cached} % cached), ${tokensOut} out, ${money}`;
  const many = calls === 1 ? "1 call" : `${calls} calls`;
  return failure === null
    ? `- ${model}: ${many}, ${taken}`
    : `- ${model}: ${many} broke off (${failure}), about ${money}`;
}

const kinds: Readonly<Record<Language, Readonly<Record<DeliveryFate["kind"], string>>>> = {
  en: {
    answer: "Answer",
    failure: "Failure",
    cancelled: "Stop",
    notice: "Notice",
    file: "File",
    mention: "Call to a person",
    card: "Card",
  },
  zh: {
    answer: "回答",
    failure: "失败说明",
    cancelled: "停止说明",
    notice: "通知",
    file: "文件",
    mention: "呼叫",
    card: "卡片",
  },
};

/** `at`: when it was sent. */
export function deliveryText({ kind, state, tries, platformId }: DeliveryFate, at: string, language: Language): string {
  const name = kinds[language][kind];
  const as = platformId === null ? "" : ` \`${platformId}\``;
  if (language === "zh") {
    const many = `尝试 ${tries} 次`;
    if (state === "pending") return `- ${name}：尚未发送，${many}`;
    return state === "sent" ? `- ${name}：${at} 已发送${as}，${many}` : `- ${name}：无法送达，${many}`;
  }
  const many = tries === 1 ? "1 try" : `${tries} tries`;
  if (state === "pending") return `- ${name}: not sent yet, ${many}`;
  return state === "sent" ? `- ${name}: sent on ${at}${as}, ${many}` : `- ${name}: could not be delivered, ${many}`;
}

export function durationText(ms: number, language: Language): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return language === "zh" ? `${seconds.toFixed(1)} 秒` : `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (minutes === 0) return language === "zh" ? `${rest} 秒` : `${rest} s`;
  return language === "zh" ? `${minutes} 分 ${rest} 秒` : `${minutes} min ${rest} s`;
}

const count = (value: number): string => value.toLocaleString("en-US");
const times = (calls: number): string => (calls === 1 ? "" : ` ×${calls}`);
