// The one place where a sentence for a person is made, in English and Chinese. Never a path, key, stack or vendor's message.

import type { ErrorCode } from "./errors.ts";
import type { Language } from "./message.ts";
import { sayFrom } from "./sentences.ts";

const HAN = /\p{Script=Han}/u;

/** The language a person writes in, as far as one text tells. */
export const languageOf = (text: string): Language => (HAN.test(text) ? "zh" : "en");

type Sentence = Readonly<Record<Language, string>>;

const failures: Partial<Record<ErrorCode, Sentence>> = {
  "provider-rate-limited": {
    en: "The model is limiting how much we may ask just now, and waiting did not help. Please try again in a few minutes.",
    zh: "模型服务正在限流，等待后仍未恢复。请过几分钟再试。",
  },
  "provider-overloaded": {
    en: "The model cannot be reached: it is overloaded. Please try again in a few minutes.",
    zh: "模型服务过载，暂时无法使用。请过几分钟再试。",
  },
  "provider-unavailable": {
    en: "The model cannot be reached just now. Please try again in a few minutes.",
    zh: "暂时无法连接模型服务。请过几分钟再试。",
  },
  "provider-timeout": {
    en: "The model did not answer in time. Please try again.",
    zh: "模型没有在规定时间内回答。请重试。",
  },
  "provider-stream-broken": {
    en: "The connection to the model broke off before the answer was complete. Please try again.",
    zh: "与模型的连接在回答完成前中断了。请重试。",
  },
  "provider-auth": {
    en: "The model refused our access. An administrator needs to check the model key (`signalbox doctor` tells more).",
    zh: "模型服务拒绝了访问。请管理员检查模型密钥（运行 `signalbox doctor` 可查看详情）。",
  },
  "provider-refused": {
    en: "The model did not accept this request. Rephrasing it or starting anew with /new may help.",
    zh: "模型没有接受这个请求。可以换个说法，或用 /new 重新开始。",
  },
  "provider-bad-reply": {
    en: "The model answered with something unusable, more than once. Please try again.",
    zh: "模型多次返回了无法使用的内容。请重试。",
  },
  "context-too-long": {
    en: "This conversation no longer fits into the model. Start a new one with /new.",
    zh: "对话内容已超出模型的容量。请用 /new 开始新的对话。",
  },
  "context-unfittable": {
    en: "My instructions and tools leave no room for a conversation in this model. An administrator needs to look at the configuration.",
    zh: "系统提示和工具占满了模型的容量，无法进行对话。请管理员检查配置。",
  },
  "task-timeout": {
    en: "This took longer than it may, so it was ended. What was done so far is kept.",
    zh: "任务超过了时间上限，已结束。已完成的部分会保留。",
  },
  "task-stuck": {
    en: "I was going round in circles without getting further, so I stopped.",
    zh: "我在重复同样的步骤而没有进展，因此停止了。",
  },
  "task-budget": {
    en: "This needed more steps than a task may use, so it was ended. What was done so far is kept.",
    zh: "任务用完了允许的步数，已结束。已完成的部分会保留。",
  },
  "crash-loop": {
    en: "This message made the server stop several times, so it is not tried again.",
    zh: "这条消息多次导致服务中断，不再重试。",
  },
};

const internal: Sentence = {
  en: "Something went wrong on our side. It was logged; please try again.",
  zh: "我们这边出了点问题，已记录。请重试。",
};

export const failureText = (code: ErrorCode, language: Language): string => (failures[code] ?? internal)[language];

const sentences = {
  lineFull: {
    en: (waiting: number) =>
      `${waiting} messages are already waiting here, which is as many as fit. Please send this one again later.`,
    zh: (waiting: number) => `这里已有 ${waiting} 条消息在等待，队列已满。请稍后再发送这一条。`,
  },
  cancelled: { en: () => "Stopped.", zh: () => "已停止。" },
  waiting: {
    en: (position: number) =>
      position === 1 ? "One message is before yours." : `${position} messages are before yours.`,
    zh: (position: number) => `前面还有 ${position} 条消息。`,
  },
  emptyReply: {
    en: () => "The model gave an empty answer. Please try again or rephrase.",
    zh: () => "模型给出了空的回答。请重试或换个说法。",
  },
  cutByLimit: {
    en: () => "_(The answer ends here: the model's output limit was reached. Say “go on” for the rest.)_",
    zh: () => "_（回答到此为止：已达到模型的输出上限。回复“继续”可获取其余内容。）_",
  },
  contextExhausted: {
    en: () => "_(This conversation is as short as I can make it. /new begins a fresh one; this one stays searchable.)_",
    zh: () => "_（这段对话已无法再压缩。可用 /new 开始新的对话，原有内容仍可查找。）_",
  },
} as const;

/** `userText("waiting", "en", 2)`. */
export const userText = sayFrom(sentences);

const commandSentences = {
  help: {
    en: () =>
      "/stop stops what runs here, /tasks lists it, /tell says more to an agent at work, /status tells how busy this conversation is, /new starts afresh, " +
      "/compact shortens the older part, /why explains what became of the last message (/why 2: of the one before, /why and a task: of that). /skills and /agents list what there is: " +
      "start a skill with /its-name, call an agent with @its-name. /remind says something later. /approve and /deny decide what waits for consent; " +
      "administrators look after MCP servers with /mcp.",
    zh: () =>
      "/stop 停止正在运行的任务，/tasks 列出任务，/tell 向工作中的智能体补充说明，/status 查看当前状态，/new 开始新的对话，/compact 压缩较早的内容，/why 解释上一条消息的处理经过（/why 2 为再前一条，也可加任务编号）。" +
      "/skills 和 /agents 列出技能和智能体：用 /名称 启动技能，用 @名称 调用智能体。/remind 设置定时消息。/approve 和 /deny 决定等待批准的请求；管理员用 /mcp 管理 MCP 服务器。",
  },
  nothingRuns: { en: () => "Nothing is running here.", zh: () => "这里没有正在运行的任务。" },
  stopping: { en: () => "Stopping it.", zh: () => "正在停止。" },
  fresh: {
    en: () => "A new conversation begins: I no longer look at what was said before.",
    zh: () => "新的对话开始了：我不再参考之前的内容。",
  },
  status: {
    en: (running: number, waiting: number, percent: number) =>
      `${running} running, ${waiting} waiting here. The conversation fills ${percent} % of its room.`,
    zh: (running: number, waiting: number, percent: number) =>
      `正在运行 ${running} 个，等待 ${waiting} 个。对话已占用容量的 ${percent}%。`,
  },
  compacted: {
    en: (before: number, after: number) =>
      `Shortened from about ${before} to ${after} tokens. Nothing is lost: I can look up the original words.`,
    zh: (before: number, after: number) =>
      `已从约 ${before} 个词元压缩到 ${after} 个。内容没有丢失，需要时我可以查回原文。`,
  },
  noSkills: { en: () => "There are no skills here.", zh: () => "这里还没有技能。" },
  unusable: {
    en: (reason: string) => `not usable here (${reason})`,
    zh: (reason: string) => `此处不可用（${reason}）`,
  },
  nothingToCompact: {
    en: () => "There is nothing to shorten yet.",
    zh: () => "还没有可以压缩的内容。",
  },
} as const;

const agentSentences = {
  spawned: {
    en: (agent: string, task: string) => `**@${agent}** is working on it (\`${task}\`).`,
    zh: (agent: string, task: string) => `**@${agent}** 正在处理（\`${task}\`）。`,
  },
  "running-already": {
    en: (agent: string, task: string) => `**@${agent}** is working on exactly this already (\`${task}\`).`,
    zh: (agent: string, task: string) => `**@${agent}** 已经在处理同样的请求（\`${task}\`）。`,
  },
  "too-many": {
    en: (agent: string) => `**@${agent}** was not started: as many agents as may are working here already.`,
    zh: (agent: string) => `没有启动 **@${agent}**：这里正在工作的智能体已达上限。`,
  },
  "too-deep": {
    en: (agent: string) => `**@${agent}** was not started: agents may not call agents any deeper.`,
    zh: (agent: string) => `没有启动 **@${agent}**：智能体之间的调用层级已达上限。`,
  },
  "not-runnable": {
    en: (agent: string) =>
      `**@${agent}** was not started: it is a program, and there is no sandbox here for programs (\`signalbox doctor\` tells more).`,
    zh: (agent: string) =>
      `没有启动 **@${agent}**：它是外部程序，而这里没有可用的沙箱（运行 \`signalbox doctor\` 可查看详情）。`,
  },
  unknown: {
    en: (name: string, nearest: string) => `There is no agent @${name}. Did you mean **@${nearest}**?`,
    zh: (name: string, nearest: string) => `没有名为 @${name} 的智能体。您是指 **@${nearest}** 吗？`,
  },
  noGoal: {
    en: (names: string) => `What should ${names} do? Write it behind the name.`,
    zh: (names: string) => `需要 ${names} 做什么？请写在名字后面。`,
  },
  notAllowed: { en: () => "You may not call agents here.", zh: () => "您在这里不能调用智能体。" },
  none: { en: () => "There are no agents here.", zh: () => "这里还没有智能体。" },
} as const;

/** What people read about agents. */
export function agentText(key: keyof typeof agentSentences, language: Language, ...values: readonly string[]): string {
  const make = agentSentences[key][language] as (...values: readonly string[]) => string;
  return make(...values);
}

/** What a command answers. */
export const commandText = sayFrom(commandSentences);
