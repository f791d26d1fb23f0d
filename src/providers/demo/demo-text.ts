// What the demo says, in English and Chinese. It says in every answer that it is a demo and how to leave it.

import type { Language } from "../../core/message.ts";

const QUOTE_CHARS_MAX = 80;
const RESULT_CHARS_MAX = 500;

const SETTINGS = "```\nOPENAI_API_KEY=...\nANTHROPIC_API_KEY=...\n```";

interface Answer {
  readonly opening: (question: string) => string;
  readonly silent: string;
  readonly told: (result: string) => string;
  readonly failed: (result: string) => string;
  readonly howTo: string;
}

const answers: Readonly<Record<Language, Answer>> = {
  en: {
    opening: (question) => `This is a demo: no model is connected yet, so nobody really thinks about “${question}”.`,
    silent: "This is a demo: no model is connected yet.",
    told: (result) => `But tools work already. I called \`current_time\`, and it says: ${result}`,
    failed: (result) => `I called the tool \`current_time\`, but it failed: ${result}`,
    howTo: `To talk to a real model, put one of these lines into the file \`.env\` and restart:\n\n${SETTINGS}`,
  },
  zh: {
    opening: (question) => `这是演示模式：尚未连接任何模型，所以没有模型在真正思考“${question}”。`,
    silent: "这是演示模式：尚未连接任何模型。",
    told: (result) => `不过工具已经可以使用。我调用了 \`current_time\`，它返回：${result}`,
    failed: (result) => `我调用了工具 \`current_time\`，但它失败了：${result}`,
    howTo: `要与真正的模型对话，请在 \`.env\` 文件中填写下面任意一行，然后重新启动：\n\n${SETTINGS}`,
  },
};

export interface DemoAnswerOptions {
  readonly language: Language;
  readonly question: string;
  /** What the clock tool said, if it was asked. */
  readonly time: { readonly text: string; readonly isError: boolean } | undefined;
}

export function demoAnswer({ language, question, time }: DemoAnswerOptions): string {
  const answer = answers[language];
  const quote = oneLine(question, QUOTE_CHARS_MAX);
  const result = time && oneLine(time.text, RESULT_CHARS_MAX);
  const paragraphs = [
    quote === "" ? answer.silent : answer.opening(quote),
    ...(time && result !== undefined ? [time.isError ? answer.failed(result) : answer.told(result)] : []),
    answer.howTo,
  ];
  return paragraphs.join("\n\n");
}

function oneLine(text: string, charsMax: number): string {
  const chars = [...text.replace(/\s+/g, " ").trim()];
  return chars.length > charsMax ? `${chars.slice(0, charsMax - 1).join("")}…` : chars.join("");
}

const ASKS_TIME: Readonly<Record<Language, RegExp>> = {
  en: /\b(what|which|tell|know|give|current|now|today'?s?)\b.*\b(time|date|day|clock)\b|\b(time|date)\b.*\b(now|today|please|is it)\b|^\W*(the )?(time|date)\W*$/i,
  zh: /几点|几号|星期几|周几|礼拜几|(现在|当前|今天|此刻).{0,6}(时间|日期|时刻)|(时间|日期).{0,6}(是?多少|是?什么|告诉)|报时/,
};

/** A Chinese question may still say "time" in English. */
export const asksTime = (question: string): boolean => ASKS_TIME.en.test(question) || ASKS_TIME.zh.test(question);

/** Pieces that a person reads at once: a word with its space, or two Chinese characters with their punctuation. */
export const wordsOf = (text: string): readonly string[] =>
  text.match(/\p{Script=Han}{1,2}[^\s\p{L}\p{N}]*\s*|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? [];
