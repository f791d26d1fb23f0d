// Sentences about budgets, in English and Chinese: beside user-text.ts, and by its rules.

import { type Allowance, type Amount, type BudgetLeft, type BudgetName, RAISE_SHARE, type Reached } from "./budget.ts";
import type { Language } from "./message.ts";

const owners: Readonly<Record<Language, Readonly<Record<BudgetName, string>>>> = {
  en: {
    task: "the budget of this task",
    person: "your budget for today",
    chat: "this chat's budget for today",
    everybody: "the budget of all of us for today",
  },
  zh: { task: "这个任务的预算", person: "您今天的预算", chat: "这个会话今天的预算", everybody: "所有人今天的预算" },
};

const sentences = {
  /** Why a task ended. */
  reached: {
    en: ({ name, unit, limit, freeAt }: Reached) =>
      `${capital(owners.en[name])} (${amount(unit, limit, "en")}) is used up, so this was ended. What was done so far is kept. ` +
      (freeAt === null ? "A new message begins with a fresh one." : `It is free again on ${freeAt}.`),
    zh: ({ name, unit, limit, freeAt }: Reached) =>
      `${owners.zh[name]}（${amount(unit, limit, "zh")}）已用完，任务已结束，已完成的部分会保留。` +
      (freeAt === null ? "发送新消息会重新计算。" : `${freeAt} 起恢复。`),
  },
  /** Under an answer of cheaper models. */
  cheaper: {
    en: ({ name }: Reached) => `_(A smaller model answered, because ${owners.en[name]} is nearly used up.)_`,
    zh: ({ name }: Reached) => `_（由于${owners.zh[name]}即将用完，本次由较小的模型回答。）_`,
  },
} as const;

/** What people read about a budget that is used up. */
export const budgetText = (key: keyof typeof sentences, language: Language, reached: Reached): string =>
  sentences[key][language](reached);

const askedOwners: Readonly<Record<Language, Readonly<Record<BudgetName, (asker: string) => string>>>> = {
  en: {
    task: () => "its own budget",
    person: (asker) => `${asker}'s budget for today`,
    chat: () => "this chat's budget for today",
    everybody: () => "everybody's budget for today",
  },
  zh: {
    task: () => "任务本身的预算",
    person: (asker) => `${asker}今天的预算`,
    chat: () => "这个会话今天的预算",
    everybody: () => "所有人今天的预算",
  },
};

/** What an approver reads. */
export function goOverText(asker: string, { name, unit, limit }: Reached, id: string, language: Language): string {
  const whole = amount(unit, limit, language);
  const more = amount(unit, limit * RAISE_SHARE, language);
  const whose = askedOwners[language][name](asker);
  return language === "zh"
    ? `**${asker}** 的任务已用完${whose}（${whole}）。是否允许这个任务再使用最多 ${more}？\n\n也可以用文字决定：\`/approve ${id}\` 或 \`/deny ${id} 原因\``
    : `**${asker}**'s task has used up ${whose} (${whole}). May this one task use up to ${more} more?\n\nTo decide by text: \`/approve ${id}\` or \`/deny ${id} reason\``;
}

/** What everybody reads when that was decided. */
export function goOverDecidedText(
  state: "approved" | "denied" | "expired",
  by: string,
  reason: string | null,
  language: Language,
): string {
  const why = reason === null ? "" : language === "zh" ? `：${reason}` : `: ${reason}`;
  switch (state) {
    case "approved":
      return language === "zh" ? `${by} 允许这个任务继续。` : `${by} lets this task go on.`;
    case "denied":
      return language === "zh"
        ? `${by} 没有允许这个任务继续${why || "。"}`
        : `${by} does not let this task go on${why || "."}`;
    case "expired":
      return language === "zh" ? "没有人及时允许这个任务继续。" : "Nobody let this task go on in time.";
  }
}

const shortOwners: Readonly<Record<Language, Readonly<Record<BudgetName, string>>>> = {
  en: { task: "the running task", person: "you, today", chat: "this chat, today", everybody: "everybody, today" },
  zh: { task: "当前任务", person: "您今天", chat: "这个会话今天", everybody: "所有人今天" },
};

/** One line of `/status`. */
export function leftText({ name, allowance, left }: BudgetLeft, language: Language): string {
  const parts = units(allowance).map(([unit, limit]) =>
    language === "zh"
      ? `${amount(unit, left[unit], "zh")}（共 ${amount(unit, limit, "zh")}）`
      : `${amount(unit, left[unit], "en")} of ${amount(unit, limit, "en")}`,
  );
  return language === "zh"
    ? `- ${shortOwners.zh[name]}剩余：${parts.join("，")}`
    : `- Left for ${shortOwners.en[name]}: ${parts.join(", ")}`;
}

const units = ({ usd, tokens }: Allowance): readonly (readonly [keyof Amount, number])[] => [
  ...(usd === undefined ? [] : [["usd", usd] as const]),
  ...(tokens === undefined ? [] : [["tokens", tokens] as const]),
];

function amount(unit: keyof Amount, value: number, language: Language): string {
  if (unit === "usd") return usdText(value);
  const count = Math.floor(value).toLocaleString("en-US");
  return language === "zh" ? `${count} 个词元` : `${count} tokens`;
}

/** At least cents, and what is smaller as far as it says something. */
export const usdText = (usd: number): string =>
  `$${usd >= 1 ? usd.toFixed(2) : usd.toFixed(4).replace(/(\.\d\d\d*?)0+$/, "$1")}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
