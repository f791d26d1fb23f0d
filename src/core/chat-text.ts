// Sentences that only chat platforms show, in English and Chinese: beside user-text.ts, and by its rules.

import { sayFrom } from "./sentences.ts";

const chatSentences = {
  asks: {
    en: (person: string, words: string) => `${person} asks: ${words}`,
    zh: (person: string, words: string) => `${person} 提问：${words}`,
  },
  inviteMe: {
    en: () => "I am not in this channel: invite me first, then ask again.",
    zh: () => "我不在这个频道里：请先邀请我，然后再提问。",
  },
  notTaken: {
    en: () => "That could not be taken just now. Please try again in a moment.",
    zh: () => "现在无法受理。请稍后再试。",
  },
  thinking: { en: () => "is thinking…", zh: () => "正在思考…" },
  usingTool: { en: (tool: string) => `is using ${tool}…`, zh: (tool: string) => `正在使用 ${tool}…` },
  stop: { en: () => "Stop", zh: () => "停止" },
  fileNotHere: {
    en: (name: string) => `I cannot show you the file ${name} here: ask me in a thread or a direct message.`,
    zh: (name: string) => `这里无法向您显示文件 ${name}：请在话题或私聊中再问我一次。`,
  },
  fileNotSent: {
    en: (name: string) => `(The file ${name} could not be sent here: an administrator can see why in the log.)`,
    zh: (name: string) => `（文件 ${name} 无法发送到这里：管理员可在日志中查看原因。）`,
  },
  audited: {
    en: () => "The platform did not let this answer through.",
    zh: () => "平台没有放行这条回答。",
  },
} as const;

/** What a chat platform's own signs and commands say. */
export const chatText = sayFrom(chatSentences);
