// Sentences about programs that work as agents, in English and Chinese: beside user-text.ts, and by its rules. A program is named,
// never where it lies.

import type { Language } from "./message.ts";

const sentences = {
  off: {
    en: () =>
      "This agent is a program, and programs are off here: there is no sandbox for them. `signalbox doctor` tells more.",
    zh: () => "这个智能体是外部程序，而这里没有可用的沙箱，因此不能运行。详情请运行 `signalbox doctor`。",
  },
  notAllowed: {
    en: (program: string) => `You may not have \`${program}\` run here.`,
    zh: (program: string) => `您在这里不能运行 \`${program}\`。`,
  },
  refused: {
    en: (program: string) => `Consent to run \`${program}\` was not given.`,
    zh: (program: string) => `运行 \`${program}\` 的请求没有获得批准。`,
  },
  missing: {
    en: (program: string) => `\`${program}\` is not installed here.`,
    zh: (program: string) => `这里没有安装 \`${program}\`。`,
  },
  gone: {
    en: () => "There is no such agent any more.",
    zh: () => "这个智能体已不存在。",
  },
  goalTooLong: {
    en: (program: string) => `This is too long to hand to \`${program}\`.`,
    zh: (program: string) => `内容太长，无法交给 \`${program}\`。`,
  },
  exit: {
    en: (program: string, code: string) => `\`${program}\` failed: it ended with exit code ${code}.`,
    zh: (program: string, code: string) => `\`${program}\` 运行失败，退出码为 ${code}。`,
  },
  signal: {
    en: (program: string, signal: string) => `\`${program}\` was ended by ${signal}.`,
    zh: (program: string, signal: string) => `\`${program}\` 被 ${signal} 终止。`,
  },
  silent: {
    en: (program: string) => `\`${program}\` ended without an answer.`,
    zh: (program: string) => `\`${program}\` 结束了，但没有给出回答。`,
  },
  flood: {
    en: (program: string) => `\`${program}\` wrote far too much, so it was ended.`,
    zh: (program: string) => `\`${program}\` 输出过多，已被终止。`,
  },
  quota: {
    en: (program: string) => `\`${program}\` filled the workspace, so it was ended.`,
    zh: (program: string) => `\`${program}\` 占满了工作区，已被终止。`,
  },
  interrupted: {
    en: (program: string) =>
      `The server stopped while \`${program}\` was working, so it was interrupted. It is not run again by itself.`,
    zh: (program: string) => `\`${program}\` 运行时服务中断了，任务因此停止，不会自动重新运行。`,
  },
  leftOut: {
    en: (_program: string, chars: string) => `[... ${chars} characters left out ...]`,
    zh: (_program: string, chars: string) => `[……省略了 ${chars} 个字符……]`,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, (program: string, detail: string) => string>>>>;

/** What people read about a program. */
export const programText = (key: keyof typeof sentences, language: Language, program: string, detail = ""): string =>
  sentences[key][language](program, detail);
