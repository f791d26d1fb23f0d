// Sentences about buttons and consent, in English and Chinese: beside user-text.ts, and by its rules.

import type { Language } from "./message.ts";

const buttonSentences = {
  stopping: { en: "Stopping.", zh: "正在停止。" },
  over: { en: "This is over already.", zh: "这个任务已经结束了。" },
  used: { en: "Somebody pressed this already.", zh: "已经有人按过了。" },
  expired: { en: "This button is too old.", zh: "这个按钮已过期。" },
  unknown: { en: "This button does nothing any more.", zh: "这个按钮已失效。" },
  notYours: {
    en: "Only the person who asked, or an administrator, may stop this.",
    zh: "只有提问者或管理员可以停止这个任务。",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

/** For the person who pressed a button. */
export const buttonText = (key: keyof typeof buttonSentences, language: Language): string =>
  buttonSentences[key][language];

const approvalSentences = {
  asks: {
    en: (asker: string, tool: string, args: string, id: string) =>
      `**${asker}** needs consent to run \`${tool}\`:\n\n${fenced(args)}\n\nTo decide by text: \`/approve ${id}\` or \`/deny ${id} reason\``,
    zh: (asker: string, tool: string, args: string, id: string) =>
      `**${asker}** 请求批准运行 \`${tool}\`：\n\n${fenced(args)}\n\n也可以用文字决定：\`/approve ${id}\` 或 \`/deny ${id} 原因\``,
  },
  approve: { en: () => "Approve", zh: () => "批准" },
  deny: { en: () => "Deny", zh: () => "拒绝" },
  approved: {
    en: (tool: string, by: string) => `\`${tool}\` was approved by ${by}.`,
    zh: (tool: string, by: string) => `${by} 批准了 \`${tool}\`。`,
  },
  denied: {
    en: (tool: string, by: string, reason: string) =>
      `\`${tool}\` was refused by ${by}${reason === "" ? "." : `: ${reason}`}`,
    zh: (tool: string, by: string, reason: string) => `${by} 拒绝了 \`${tool}\`${reason === "" ? "。" : `：${reason}`}`,
  },
  expired: {
    en: (tool: string) => `Nobody decided on \`${tool}\` in time, so it was not run.`,
    zh: (tool: string) => `没有人及时批准 \`${tool}\`，因此没有运行。`,
  },
  youApproved: { en: () => "Approved.", zh: () => "已批准。" },
  youDenied: { en: () => "Refused.", zh: () => "已拒绝。" },
  decidedBefore: { en: () => "This was decided before.", zh: () => "这项请求之前已有决定。" },
  notYours: { en: () => "You may not decide this.", zh: () => "你没有权限决定这项请求。" },
  unknown: { en: () => "There is no such request.", zh: () => "没有这项请求。" },
  which: {
    en: () => "Say which: `/approve <id>` or `/deny <id> reason`.",
    zh: () => "请指明是哪一项：`/approve <编号>` 或 `/deny <编号> 原因`。",
  },
} as const;

/** In a fence that nothing inside can end. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** What people read about consent to a call. */
export function approvalText(
  key: keyof typeof approvalSentences,
  language: Language,
  ...values: readonly string[]
): string {
  const make = approvalSentences[key][language] as (...values: readonly string[]) => string;
  return make(...values);
}
