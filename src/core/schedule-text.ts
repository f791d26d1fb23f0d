// Sentences about what is scheduled, in English and Chinese: beside user-text.ts, and by its rules.

import { sayFrom } from "./sentences.ts";

const sentences = {
  added: {
    en: (id: string, time: string) => `Scheduled for ${time}. (\`/remind cancel ${id}\` takes it back.)`,
    zh: (id: string, time: string) => `已安排在 ${time}。（用 \`/remind cancel ${id}\` 取消。）`,
  },
  repeated: {
    en: (id: string, time: string, cron: string) =>
      `Scheduled: \`${cron}\`, the first time on ${time}. (\`/remind cancel ${id}\` takes it back.)`,
    zh: (id: string, time: string, cron: string) =>
      `已安排：\`${cron}\`，首次在 ${time}。（用 \`/remind cancel ${id}\` 取消。）`,
  },
  ended: { en: () => "Taken back.", zh: () => "已取消。" },
  none: { en: () => "Nothing is scheduled here.", zh: () => "这里没有安排。" },
  how: {
    en: () =>
      "Write `/remind tomorrow at 9 stand-up`, or `/remind cron 0 9 * * 1-5 stand-up` for one that comes again.",
    zh: () => "可以写 `/remind 明天上午9点 开会`，重复的写 `/remind cron 0 9 * * 1-5 开会`。",
  },
  noTime: { en: () => "I do not see when. ", zh: () => "没有看出是什么时间。" },
  noText: { en: () => "What should I say then? ", zh: () => "到时候要说什么？" },
  past: { en: () => "That time is over already.", zh: () => "这个时间已经过去了。" },
  far: { en: () => "That is more than five years away.", zh: () => "超过五年了。" },
  cron: {
    en: () => "Cron has five parts here: minute, hour, day, month, weekday; at most once in five minutes.",
    zh: () => "cron 由五部分组成：分、时、日、月、星期；最多每五分钟一次。",
  },
  zone: {
    en: () => "That time zone is not known; write e.g. Europe/Berlin.",
    zh: () => "没有这个时区，请写成 Asia/Shanghai 这样。",
  },
  tooMany: { en: () => "As much as may is scheduled already.", zh: () => "安排的数量已达上限。" },
  unknown: { en: () => "There is nothing scheduled of this name here.", zh: () => "这里没有这个安排。" },
  notYours: {
    en: () => "Only who scheduled it, or an administrator, may take it back.",
    zh: () => "只有安排者或管理员可以取消。",
  },
  notAllowed: { en: () => "You may not schedule anything here.", zh: () => "您在这里不能安排定时消息。" },
} as const;

export const scheduleText = sayFrom(sentences);
