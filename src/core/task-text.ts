// Sentences about spawned tasks and what is said to them, in English and Chinese: beside user-text.ts, and by its rules.

import type { Language } from "./message.ts";
import { sayFrom } from "./sentences.ts";
import type { Task, TaskProgress, TaskState } from "./task.ts";

type Shown = Omit<TaskProgress, "task"> & {
  readonly task: Pick<Task, "id" | "agent" | "state" | "createdAt" | "startedAt" | "endedAt">;
};

const GOAL_CHARS_MAX = 120;

const states: Readonly<Record<TaskState, Readonly<Record<Language, string>>>> = {
  queued: { en: "⏳ waiting for its turn", zh: "⏳ 等待中" },
  running: { en: "🔄 running", zh: "🔄 处理中" },
  waiting: { en: "✋ waiting for consent", zh: "✋ 等待批准" },
  done: { en: "✅ done", zh: "✅ 已完成" },
  failed: { en: "❌ failed", zh: "❌ 失败" },
  cancelled: { en: "⏹ stopped", zh: "⏹ 已停止" },
};

/** Its first words as plain text in Markdown. */
export function shortGoal(goal: string): string {
  const plain = [...goal.replace(/\s+/g, " ").trim()];
  const cut = plain.length > GOAL_CHARS_MAX ? [...plain.slice(0, GOAL_CHARS_MAX - 1), "…"] : plain;
  return cut.join("").replace(/[\\`*_~[\]<>|#]/g, "\\$&");
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** State, step, time, tokens, money: what there is of them. */
export function progressText({ task, tools, tokens, usd }: Shown, now: number, language: Language): string {
  const isOver = task.endedAt !== null;
  const step = isOver ? [] : tools.map((tool) => `\`${tool.replaceAll("`", "")}\``);
  const since = task.startedAt ?? task.createdAt;
  return [
    states[task.state][language],
    step.join(" "),
    task.state === "queued" ? "" : durationText((task.endedAt ?? now) - since),
    tokens === 0 ? "" : tokensText(tokens, language),
    usd === 0 ? "" : usd < 0.01 ? "< $0.01" : `$${usd.toFixed(2)}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

const tokensText = (tokens: number, language: Language): string => {
  const short = tokens < 1_000 ? String(tokens) : `${(tokens / 1_000).toFixed(tokens < 100_000 ? 1 : 0)}k`;
  return language === "zh" ? `${short} 词元` : `${short} tokens`;
};

/** What stands on a spawned task's card. */
export const cardText = (progress: Shown, now: number, language: Language): string =>
  `**@${progress.task.agent}** · ${shortGoal(progress.goal)}\n\n${progressText(progress, now, language)} · \`${progress.task.id}\``;

/** One line of `/tasks`. */
export function taskLine(progress: TaskProgress, now: number, language: Language): string {
  const { task, goal } = progress;
  const who = task.parentSession === null ? task.kind : `**@${task.agent}**`;
  return `- \`${task.id}\` ${who} ${progressText(progress, now, language)} · ${shortGoal(goal)}`;
}

const sentences = {
  told: {
    en: (agent: string) => `Told **@${agent}**, who goes on with it.`,
    zh: (agent: string) => `已转告 **@${agent}**，它会接着处理。`,
  },
  over: {
    en: (agent: string, task: string) => `**@${agent}** is done with \`${task}\`: \`@${agent} …\` starts a new task.`,
    zh: (agent: string, task: string) => `**@${agent}** 的任务 \`${task}\` 已经结束：用 \`@${agent} …\` 开始新的任务。`,
  },
  notYours: {
    en: (agent: string, asker: string) =>
      `**@${agent}** works on this for ${asker}, who alone may tell it more. \`@${agent} …\` starts a task of your own.`,
    zh: (agent: string, asker: string) =>
      `**@${agent}** 正在为 ${asker} 处理这个任务，只有 ${asker} 可以补充说明。用 \`@${agent} …\` 开始您自己的任务。`,
  },
  deaf: {
    en: (agent: string) =>
      `**@${agent}** is an external program: it cannot be told more while it works. It can be stopped.`,
    zh: (agent: string) => `**@${agent}** 是外部程序，运行中无法补充说明，但可以停止。`,
  },
  tooMuch: {
    en: (agent: string) => `**@${agent}** has not taken in yet what was said before. Please try again later.`,
    zh: (agent: string) => `**@${agent}** 还没有读完之前的补充说明。请稍后再试。`,
  },
  which: {
    en: (agent: string, tasks: string) =>
      `Which one? **@${agent}** works on several things here:\n${tasks}\n\`/tell <task> …\` tells one of them more.`,
    zh: (agent: string, tasks: string) =>
      `是哪一个？**@${agent}** 在这里同时处理多项任务：\n${tasks}\n用 \`/tell <任务> …\` 补充说明。`,
  },
  nobody: {
    en: () =>
      "Nobody of that name works here. `/tasks` lists what runs; `/tell <task or agent> <words>` tells it more.",
    zh: () => "这里没有这个名字的任务。用 `/tasks` 查看正在运行的任务；用 `/tell <任务或智能体> <内容>` 补充说明。",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, (...values: string[]) => string>>>>;

/** What who says something to a working agent is answered. */
export const tellText = sayFrom(sentences);
