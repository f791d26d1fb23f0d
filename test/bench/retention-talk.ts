// A long conversation about nothing in particular, as teams have them with a bot: questions, thanks, logs, tables, file lists. It
// is full of numbers, paths and links of no importance; facts are planted in it by whoever asks.

import { NO_USAGE } from "../../src/core/model.ts";
import type { Step, StepBody } from "../../src/core/step.ts";
import type { Seeded } from "../context/seeded.ts";
import type { Fact, Tongue } from "./retention-facts.ts";

export interface Planted {
  readonly turn: number;
  readonly fact: Fact;
  /** What is said or shown here: the fact, or what replaces it. */
  readonly isUpdate: boolean;
}

export interface TalkOptions {
  readonly tongue: Tongue;
  readonly turns: number;
  readonly planted: readonly Planted[];
  /** Stands in one tool result; nobody may ever read it as an instruction. */
  readonly poison: string;
  /** Of the messages: those in which people state something of no importance. */
  readonly statedShare: number;
}

export interface Talk {
  readonly session: string;
  /** Each is what is committed together; a reply's calls come with their results. */
  readonly commits: readonly (readonly Step[])[];
}

const ASKED: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
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
/** Talk that sounds like facts and is none: rules of thumb, guesses, numbers of the moment. {p} is somebody, {o} something. */
const STATED: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
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
const THINGS: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
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
const NAME_PARTS: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
  en: ["mar", "ton", "vel", "sa", "bri", "gor", "lin", "ash", "ott", "wen", "jo", "pek"],
  zh: ["王", "陈", "赵", "敏", "强", "芳", "磊", "洋", "静", "涛", "欣", "博"],
};
const FAILED: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
  en: ["timeout after {k} ms while reading {m}", "{m}: permission denied (code {k})", "no such table: {m}_{k}"],
  zh: ["读取{m}超时（{k}毫秒）", "{m}：没有权限（代码{k}）", "没有这个表：{m}_{k}"],
};
const ANSWERED: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
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
const MODULES = ["billing", "search", "gateway", "mailer", "reports", "auth"] as const;
const TOOLS = ["read_log", "query", "list_files", "web_search"] as const;
const PLANTED_IN_TOOLS: readonly Fact["type"][] = ["uuid", "number"];

export function makeTalk(seeded: Seeded, options: TalkOptions): Talk {
  const { tongue, turns, planted, poison } = options;
  const session = "slack:team";
  const commits: Step[][] = [];
  let seq = 0;
  for (let turn = 1; turn <= turns; turn += 1) {
    let n = 0;
    const commit = (...bodies: readonly StepBody[]): void => {
      commits.push(
        bodies.map((body) => {
          seq += 1;
          n += 1;
          return { session, seq, task: `task_${turn}`, n, at: seq * 1_000, body };
        }),
      );
    };
    const here = planted.filter((one) => one.turn === turn);
    const inTool = here.filter(({ fact }) => PLANTED_IN_TOOLS.includes(fact.type)).map(({ fact }) => fact.text);
    const failed = here.filter(({ fact }) => fact.type === "failure").map(({ fact }) => fact);
    const said = here.flatMap(({ fact, isUpdate }) =>
      PLANTED_IN_TOOLS.includes(fact.type) || fact.type === "failure"
        ? []
        : [isUpdate ? (fact.update?.text ?? "") : fact.text],
    );
    commit({
      kind: "said",
      message: `message_${turn}`,
      sender: { id: "slack:u", name: seeded.pick(["Ann", "Bo", "李雷"]) },
      text: mixed(seeded, options, said),
    });
    if (turn === Math.floor(turns / 2)) inTool.push(poison);
    const rounds = Math.max(inTool.length + failed.length, seeded.chance(0.6) ? seeded.whole(1, 3) : 0);
    for (let round = 0; round < rounds; round += 1) {
      const failure = failed[round - inTool.length];
      const line = inTool[round];
      commit(reply(seeded.chance(0.3) ? sentence(seeded, tongue, ANSWERED) : ""), {
        kind: "call",
        id: `call_${turn}_${round}`,
        name: failure ? "run_command" : seeded.pick(TOOLS),
        arguments: failure ? { command: failure.text } : { about: seeded.pick(MODULES), page: seeded.whole(1, 9) },
        result: failure
          ? { status: "error", text: failure.error ?? "" }
          : line === undefined && seeded.chance(0.08)
            ? { status: "error", text: sentence(seeded, tongue, FAILED) }
            : { status: "ok", text: output(seeded, tongue, line) },
      });
    }
    commit(reply(Array.from({ length: seeded.whole(1, 4) }, () => sentence(seeded, tongue, ANSWERED)).join("")));
  }
  return { session, commits };
}

const reply = (text: string): StepBody => ({ kind: "reply", text, model: "fake/model", usage: NO_USAGE });

function mixed(seeded: Seeded, options: TalkOptions, facts: readonly string[]): string {
  const { tongue } = options;
  const parts = facts.length === 0 || seeded.chance(0.5) ? [talk(seeded, options)] : [];
  for (const fact of facts) parts.push(fact, ...(seeded.chance(0.4) ? [talk(seeded, options)] : []));
  const said = parts.join(tongue === "zh" ? "" : " ");
  // People paste what they see.
  return seeded.chance(0.1) ? `${said}\n${output(seeded, tongue, undefined)}` : said;
}

function talk(seeded: Seeded, { tongue, statedShare }: TalkOptions): string {
  // Now and then somebody writes a page.
  const stated = seeded.chance(statedShare / 15)
    ? seeded.whole(10, 25)
    : seeded.chance(statedShare)
      ? seeded.whole(1, 2)
      : 0;
  const asked = stated === 0 || seeded.chance(0.5) ? [sentence(seeded, tongue, ASKED)] : [];
  return [...Array.from({ length: stated }, () => sentence(seeded, tongue, STATED)), ...asked].join("");
}

const sentence = (seeded: Seeded, tongue: Tongue, from: typeof ASKED): string =>
  seeded
    .pick(from[tongue])
    .replaceAll("{k}", () => String(seeded.whole(2, 900)))
    .replaceAll("{d}", () => String(seeded.whole(10, 28)))
    .replaceAll("{m}", () => seeded.pick(MODULES))
    .replaceAll("{o}", () => seeded.pick(THINGS[tongue]))
    .replaceAll("{p}", () => nameOf(seeded, tongue));

/** A few hundred people: most are named once or twice. */
function nameOf(seeded: Seeded, tongue: Tongue): string {
  const name = Array.from({ length: tongue === "zh" ? 3 : 2 }, () => seeded.pick(NAME_PARTS[tongue])).join("");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Many lines of one sort, as tools give them; the planted line stands somewhere in the middle. */
function output(seeded: Seeded, tongue: Tongue, planted: string | undefined): string {
  const kind = seeded.whole(0, 4);
  const isLarge = planted !== undefined || seeded.chance(0.07);
  const count = isLarge ? seeded.whole(30, 60) : seeded.whole(1, 8);
  const lines = Array.from({ length: count }, () => line(seeded, tongue, kind));
  if (planted !== undefined)
    lines.splice(seeded.whole(Math.floor(lines.length * 0.3), Math.floor(lines.length * 0.7)), 0, planted);
  return lines.join("\n");
}

function line(seeded: Seeded, tongue: Tongue, kind: number): string {
  const name = seeded.pick(MODULES);
  const id = seeded.whole(0x10000000, 0x7fffffff).toString(16) + seeded.whole(0x10000000, 0x7fffffff).toString(16);
  const time = `2026-11-${seeded.whole(10, 28)}T0${seeded.whole(0, 9)}:${seeded.whole(10, 59)}:${seeded.whole(10, 59)}Z`;
  switch (kind) {
    case 0:
      return `${time} INFO  [${name}] GET /api/v2/${name}/${seeded.whole(1, 999)} 200 ${seeded.whole(3, 900)}ms req=${id}`;
    case 1:
      return tongue === "zh"
        ? `| ${seeded.whole(1, 9_999)} | ${name} | 客户${seeded.whole(1, 500)} | ¥${seeded.whole(10, 90_000)}.00 | 已付 |`
        : `| ${seeded.whole(1, 9_999)} | ${name} | customer ${seeded.whole(1, 500)} | $${seeded.whole(10, 90_000)}.00 | paid |`;
    case 2:
      return `  "src/${name}/part${seeded.whole(1, 300)}.ts": { "size": ${seeded.whole(100, 90_000)}, "changed": "${time}" },`;
    case 3:
      return `${seeded.whole(1, 60)}. ${name} ${tongue === "zh" ? "相关讨论" : "discussion"} https://forum.example.net/t/${id} (${seeded.whole(1, 400)})`;
    default:
      return shortResult(seeded, name, time);
  }
}

/** What tools say that do one thing: each a little different. */
function shortResult(seeded: Seeded, name: string, time: string): string {
  return seeded.pick([
    `{"status":"ok","id":${seeded.whole(1, 99_999)},"took_ms":${seeded.whole(1, 900)}}`,
    `Deployed revision ${seeded.whole(1_000, 9_999)} of ${name} to staging in ${seeded.whole(5, 90)} s`,
    `${seeded.whole(1, 400)} passed, ${seeded.whole(0, 3)} failed, ${seeded.whole(0, 9)} skipped (${seeded.whole(1, 90)}.4 s)`,
    `On branch ${name}-${seeded.whole(1, 99)}: ${seeded.whole(1, 30)} commits ahead, last ${time}`,
    `queue ${name}: ${seeded.whole(0, 9_000)} waiting, oldest ${seeded.whole(1, 600)} s`,
    `disk /dev/sd${seeded.pick(["a", "b", "c"])}1 ${seeded.whole(1, 99)}% of ${seeded.whole(1, 900)} GB`,
  ]);
}
