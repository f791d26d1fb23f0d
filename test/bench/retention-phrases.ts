// What a team and its bot say all day, with holes: {k} a number, {d} a day, {m} a part of the system, {p} somebody, {o} something.
// None of it is worth keeping.

import type { Tongue } from "./retention-facts.ts";

export type Phrases = Readonly<Record<Tongue, readonly [string, ...string[]]>>;

export const ASKED: Phrases = {
  en: [
    "Can you check why the nightly job took {k} minutes?",
    "thanks, go on",
    "What does the second column of that mean?",
    "Now the same for last week, please.",
    "Look at line {k} of src/{m}/handler.ts, something is off there.",
    "Is that the same problem as in OPS-{k}?",
    "ok",
    "Could you summarise what you found so far? I have a call in {k} minutes.",
    "Show me the slowest requests of {m}.",
    "Hm, I expected about {k}. Where does the difference come from?",
    "Which of these are from the {m} service?",
    "Who changed {m} last? I saw a deployment on 2026-11-{d}.",
  ],
  zh: [
    "帮我看下昨晚的任务为什么跑了{k}分钟？",
    "好的，继续",
    "第二列是什么意思？",
    "上周的也查一下。",
    "看一下 src/{m}/handler.ts 的第{k}行，好像有问题。",
    "这跟 OPS-{k} 是同一个问题吗？",
    "嗯",
    "先总结一下目前的发现吧，我{k}分钟后有个会。",
    "把{m}最慢的请求列出来。",
    "奇怪，我以为是{k}左右，差在哪里？",
    "这里面哪些是{m}服务的？",
    "{m}最后是谁改的？我看到11月{d}日有一次发布。",
  ],
};
/** Talk that sounds like facts and is none: rules of thumb, guesses, numbers of the moment. */
export const STATED: Phrases = {
  en: [
    "I looked at the {o} of {m} yesterday and saw {k} of them. ",
    "{p} from {p} called again, they are not happy with the {o}. ",
    "That must be wrong, the {o} was {k} last time. ",
    "I think it is because of the {o} in {m}. ",
    "We should probably look at the {o} from the other side. ",
    "It never took longer than {k} seconds before {p} touched it. ",
    "{p} said that the {o} will be back by Monday. ",
    "Actually, the {o} looked fine to me on the {d}th. ",
    "I don't like how the {o} looks right now. ",
    "Let's not rush this; {p} has {k} more of them to go through. ",
    "Somebody changed the {o}, but nobody remembers who. ",
    "{p} would rather talk about the {o} of {p}. ",
  ],
  zh: [
    "我昨天看了{m}的{o}，有{k}个。",
    "{p}那边的{p}又打电话来了，对{o}不满意。",
    "这个肯定不对，{o}上次是{k}。",
    "我觉得是因为{m}的{o}。",
    "我们可能应该换个角度看{o}。",
    "{p}动它之前从来没有超过{k}秒。",
    "{p}说{o}周一之前回来。",
    "其实{d}号那天{o}看起来还好。",
    "我不喜欢{o}现在的样子。",
    "别着急，{p}还有{k}个要过一遍。",
    "有人改过{o}，但没人记得是谁。",
    "{p}更想聊{p}的{o}。",
  ],
};
export const THINGS: Phrases = {
  en: [
    ...[
      "cache",
      "index",
      "invoice",
      "screen",
      "printer",
      "contract",
      "chart",
      "queue",
      "lock",
      "backup",
      "coffee machine",
    ],
    ...[
      "schedule",
      "letter",
      "folder",
      "sensor",
      "forecast",
      "warehouse",
      "button",
      "newsletter",
      "parking lot",
      "lease",
    ],
    ...["dataset", "survey", "translation", "badge", "heating", "offer", "roadmap", "keyboard", "training", "archive"],
  ] as [string, ...string[]],
  zh: [
    ...[
      "缓存",
      "索引",
      "发票",
      "屏幕",
      "打印机",
      "合同",
      "图表",
      "队列",
      "锁",
      "备份",
      "咖啡机",
      "日程",
      "信件",
      "文件夹",
    ],
    ...[
      "传感器",
      "预测",
      "仓库",
      "按钮",
      "简报",
      "停车场",
      "租约",
      "数据集",
      "问卷",
      "译文",
      "工牌",
      "暖气",
      "报价",
      "路线图",
    ],
  ] as [string, ...string[]],
};
export const NAME_PARTS: Phrases = {
  en: ["mar", "ton", "vel", "sa", "bri", "gor", "lin", "ash", "ott", "wen", "jo", "pek"],
  zh: ["王", "陈", "赵", "敏", "强", "芳", "磊", "洋", "静", "涛", "欣", "博"],
};
export const FAILED: Phrases = {
  en: ["timeout after {k} ms while reading {m}", "{m}: permission denied (code {k})", "no such table: {m}_{k}"],
  zh: ["读取{m}超时（{k}毫秒）", "{m}：没有权限（代码{k}）", "没有这个表：{m}_{k}"],
};
export const ANSWERED: Phrases = {
  en: [
    "The job waited for a lock of {m} for {k} seconds; the rest is as usual. ",
    "Most of it comes from {m}: {k} of the requests took longer than a second. ",
    "The second column is the time in milliseconds, measured at the gateway. ",
    "I compared both weeks: they differ by {k}, all of it in {m}. ",
    "Nothing else stands out in the logs. ",
    "The file src/{m}/handler.ts was last changed on 2026-11-{d}. ",
  ],
  zh: [
    "任务等{m}的锁等了{k}秒，其余正常。",
    "主要来自{m}：有{k}个请求超过一秒。",
    "第二列是毫秒数，在网关处测得。",
    "两周对比相差{k}，全部在{m}。",
    "日志里没有别的异常。",
    "文件 src/{m}/handler.ts 最后修改于11月{d}日。",
  ],
};
export const MODULES = ["billing", "search", "gateway", "mailer", "reports", "auth"] as const;
