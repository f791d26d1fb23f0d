// Facts to be planted in a long conversation, and how to tell that one is still there. Two wordings of each sort: the first is
// the one that may be looked at while the carriers are improved, the second is only measured.

import type { Seeded } from "../context/seeded.ts";

export const FACT_TYPES = [
  "constraint",
  "preference",
  "decision",
  "todo",
  "url",
  "ticket",
  "version",
  "uuid",
  "number",
  "failure",
] as const;
export type FactType = (typeof FACT_TYPES)[number];
export type Tongue = "en" | "zh";
export type Wording = "open" | "held-out";

export interface Fact {
  readonly type: FactType;
  /** What is said; for `uuid` and `number` a line inside of a tool's output, for `failure` what the tool was asked. */
  readonly text: string;
  /** For `failure`: what went wrong. */
  readonly error?: string;
  /** All of these stand in one line of what is shown, if the fact is still there. */
  readonly needles: readonly string[];
  /** What somebody would ask who looks for it: knows what it is about, and not what it says. */
  readonly question: string;
  /** What replaces it later. */
  readonly update?: { readonly text: string; readonly needles: readonly string[] };
}

/** {n}: a name nobody else has; {v}: a value; {w}: the value that replaces it. */
interface Form {
  readonly text: string;
  readonly needles: readonly string[];
  readonly error?: string;
  /** Where the text holds no name to ask for. */
  readonly question?: string;
}

type Forms = Readonly<Record<FactType, readonly [Form, ...Form[]]>>;

const form = (text: string, ...needles: readonly string[]): Form => ({ text, needles });
const nameless = (question: string, text: string, ...needles: readonly string[]): Form => ({ text, needles, question });

const FORMS: Readonly<Record<Tongue, Readonly<Record<Wording, Forms>>>> = {
  en: {
    open: {
      constraint: [
        form("By the way, {n} must never be restarted during office hours.", "{n}", "restarted"),
        form("You must not send anything about {n} to customers.", "{n}", "customers"),
      ],
      preference: [
        form("I prefer the numbers of {n} as a table with {v} rows.", "{n}", "{v} rows"),
        form("Please always write reports on {n} in British English.", "{n}", "British"),
      ],
      decision: [
        form("We decided that {n} moves to the {v} cluster.", "{n}", "{v}"),
        form("After the meeting: we will build {n} on {v} instead of the old stack.", "{n}", "{v}"),
      ],
      todo: [
        form("TODO for next week: renew the certificate of {n}.", "{n}", "certificate"),
        form("Remember to ask legal about {n} before the deadline.", "{n}", "legal"),
      ],
      url: [form("The dashboard is at https://grafana.example.com/d/{v}/{n} if you need it.", "/d/{v}/{n}")],
      ticket: [nameless("Which ticket is this tracked as?", "This is tracked as {T}-{v}.", "{T}-{v}")],
      version: [form("In production {n} runs {x}.", "{x}")],
      uuid: [
        form("  tenant of {n}: {u}", "{u}"),
        nameless("What is the deployment id?", '  "deployment_id": "{u}",', "{u}"),
      ],
      number: [
        nameless("What was the reconciled total?", "reconciled_total = {b}", "{b}"),
        form('  "invoices_open_{n}": {b},', "{b}"),
      ],
      failure: [
        { ...form("deploy {n} to eu-west", "{n}", "quota"), error: "quota exceeded in eu-west: 0 of 12 nodes left" },
      ],
    },
    "held-out": {
      constraint: [
        form("Hands off {n} between nine and five, the auditors are in there.", "{n}", "Hands off"),
        form("{n} stays read-only as long as the migration runs, whatever anybody says.", "{n}", "read-only"),
      ],
      preference: [
        form("For {n}, bullet points work better for me than long prose.", "{n}", "bullet points"),
        form("I can't stand pie charts, so bars for {n}.", "{n}", "bars"),
      ],
      decision: [
        form("Fine, {v} it is for {n}.", "{n}", "{v}"),
        form("OK, that settles it: {n} goes to {v} next quarter.", "{n}", "{v}"),
      ],
      todo: [
        form("Somebody has to renew the licence of {n} by the end of the month.", "{n}", "licence"),
        form("I still owe Marta an answer on {n}.", "{n}", "Marta"),
      ],
      url: [
        form(
          "See wiki.example.org/teams/{n}/runbook-{v} for how it was done.",
          "wiki.example.org/teams/{n}/runbook-{v}",
        ),
      ],
      ticket: [nameless("What did Kim open?", "Kim opened #{b} for it.", "#{b}")],
      version: [form("{n} was rolled back to {x}-rc2 last night.", "{x}-rc2")],
      uuid: [form("2026-11-19T08:12:44Z WARN  [{n}] lease taken over by node {u}", "{u}")],
      number: [
        form("2026-11-19T08:12:44Z INFO  [{n}] backfill done, {b} rows changed", "{b}"),
        form("| Σ {n} | {b} |", "{b}"),
      ],
      failure: [
        {
          ...form("mount /mnt/{n} with nfs4", "{n}", "stale"),
          error: "mount.nfs4: stale file handle; lazy unmount did not help either",
        },
      ],
    },
  },
  zh: {
    open: {
      constraint: [
        form("顺便说一下，{n}在工作时间绝对不能重启。", "{n}", "重启"),
        form("注意：不要把{n}的任何内容发给客户。", "{n}", "客户"),
      ],
      preference: [
        form("我喜欢{n}的数据用{v}行的表格展示。", "{n}", "{v}行"),
        form("以后{n}的报告请用繁体中文。", "{n}", "繁体"),
      ],
      decision: [form("我们决定把{n}迁到{v}集群。", "{n}", "{v}"), form("会议结论：{n}改为用{v}实现。", "{n}", "{v}")],
      todo: [form("待办：下周给{n}续证书。", "{n}", "证书"), form("记住在截止日期前问法务{n}的事。", "{n}", "法务")],
      url: [form("看板在 https://grafana.example.com/d/{v}/{a} ，需要的话看一下。", "/d/{v}/{a}")],
      ticket: [nameless("这个问题的工单是哪个？", "这个问题的工单是{T}-{v}。", "{T}-{v}")],
      version: [form("生产环境的{n}是{x}。", "{x}")],
      uuid: [form("  {n}的租户：{u}", "{u}"), nameless("部署编号是多少？", '  "部署编号": "{u}",', "{u}")],
      number: [nameless("对账的合计是多少？", "对账合计 = {b}", "{b}"), form('  "未结发票_{n}": {b},', "{b}")],
      failure: [{ ...form("部署{n}到华东区", "{n}", "配额"), error: "配额不足：华东区剩余节点 0/12" }],
    },
    "held-out": {
      constraint: [
        form("白天谁都别碰{n}，审计的人在里面。", "{n}", "别碰"),
        form("迁移没跑完之前{n}保持只读，谁说都一样。", "{n}", "只读"),
      ],
      preference: [
        form("{n}这块我更习惯看要点，长篇的看不进去。", "{n}", "要点"),
        form("饼图我看着头疼，{n}就用柱状图吧。", "{n}", "柱状图"),
      ],
      decision: [form("行，{n}就用{v}了。", "{n}", "{v}"), form("那就这么定了：{n}下季度上{v}。", "{n}", "{v}")],
      todo: [form("月底之前得有人去续{n}的许可。", "{n}", "许可"), form("我还欠老周一个{n}的答复。", "{n}", "老周")],
      url: [form("做法见 wiki.example.org/teams/{a}/runbook-{v} 那一页。", "wiki.example.org/teams/{a}/runbook-{v}")],
      ticket: [nameless("小金提的是哪个？", "小金给它提了 #{b}。", "#{b}")],
      version: [form("昨晚{n}回滚到了 {x}-rc2。", "{x}-rc2")],
      uuid: [form("2026-11-19T08:12:44Z WARN  [{n}] 租约已由节点 {u} 接管", "{u}")],
      number: [
        form("2026-11-19T08:12:44Z INFO  [{n}] 回填完成，改动 {b} 行", "{b}"),
        form("| 合计 {n} | {b} |", "{b}"),
      ],
      failure: [
        { ...form("挂载 /mnt/{a} 用 nfs4", "{a}", "失效"), error: "挂载失败：文件句柄已失效，强制卸载也没有用" },
      ],
    },
  },
};

/** A value that is said anew later; the old one must then not be the only one left. */
const UPDATES: Readonly<Record<Tongue, Readonly<Record<Wording, readonly [Form, Form]>>>> = {
  en: {
    open: [
      form("The limit of {n} is {v} GB.", "{n}", "{v} GB"),
      form("Actually the limit of {n} is now {w} GB.", "{n}", "{w} GB"),
    ],
    "held-out": [
      form("{n} always gets {v} workers, never more.", "{n}", "{v} workers"),
      form("Make that {w} workers for {n}, the last number was too small.", "{n}", "{w} workers"),
    ],
  },
  zh: {
    open: [form("{n}的上限是{v}GB。", "{n}", "{v}GB"), form("更正：{n}的上限改为{w}GB。", "{n}", "{w}GB")],
    "held-out": [
      form("{n}一定要给{v}个进程，不能多。", "{n}", "{v}个进程"),
      form("{n}还是给{w}个进程吧，刚才那个数太小。", "{n}", "{w}个进程"),
    ],
  },
};

/** Plain questions, the same for every wording. */
const QUESTIONS: Readonly<Record<Tongue, Readonly<Record<FactType | "update", string>>>> = {
  en: {
    constraint: "What do I have to watch out for with {n}?",
    preference: "How do I want things about {n} to look?",
    decision: "What was decided about {n}?",
    todo: "What still has to be done about {n}?",
    url: "Where is the page about {n}?",
    ticket: "Which ticket is about {n}?",
    version: "Which version of {n} is running?",
    uuid: "What is the id of {n}?",
    number: "What number did we get for {n}?",
    failure: "What went wrong with {n}?",
    update: "How much does {n} get now?",
  },
  zh: {
    constraint: "{n}有什么要注意的？",
    preference: "{n}的内容我想怎么看？",
    decision: "{n}最后是怎么决定的？",
    todo: "{n}还有什么事没做？",
    url: "{n}的页面在哪里？",
    ticket: "{n}的工单是哪个？",
    version: "{n}现在是什么版本？",
    uuid: "{n}的编号是什么？",
    number: "{n}查出来的数是多少？",
    failure: "{n}那次为什么失败了？",
    update: "{n}现在给多少？",
  },
};

const SYLLABLES = ["ka", "lu", "mi", "ro", "ven", "tas", "por", "zel", "qui", "dra", "fen", "hol"] as const;
const HAN = ["青", "岚", "松", "岳", "澜", "霁", "琥", "珀", "棠", "骁", "璟", "翎", "穹", "楚"] as const;

function values(seeded: Seeded, tongue: Tongue): Readonly<Record<string, string>> {
  const latin = Array.from({ length: 4 }, () => seeded.pick(SYLLABLES)).join("");
  const han = `${Array.from({ length: 3 }, () => seeded.pick(HAN)).join("")}平台`;
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => seeded.whole(0, 15).toString(16)).join("");
  return {
    n: tongue === "zh" ? han : latin.charAt(0).toUpperCase() + latin.slice(1),
    a: latin,
    v: String(seeded.whole(100, 9_999)),
    w: String(seeded.whole(10_000, 99_999)),
    b: String(seeded.whole(100_000, 9_999_999)),
    x: `${seeded.whole(2, 19)}.${seeded.whole(0, 40)}.${seeded.whole(1, 99)}`,
    T: seeded.pick(["PAY", "INFRA", "CRM"]),
    u: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}

const filled = (text: string, names: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w)\}/g, (whole, name: string) => names[name] ?? whole);

export function makeFact(seeded: Seeded, type: FactType, tongue: Tongue, wording: Wording): Fact {
  const names = values(seeded, tongue);
  const { text, needles, error, question } = seeded.pick(FORMS[tongue][wording][type]);
  return {
    type,
    text: filled(text, names),
    question: filled(question ?? QUESTIONS[tongue][type], text.includes("{a}") ? { n: names.a ?? "" } : names),
    needles: needles.map((needle) => filled(needle, names)),
    ...(error === undefined ? {} : { error }),
  };
}

export function makeUpdatedFact(seeded: Seeded, tongue: Tongue, wording: Wording): Fact {
  const names = values(seeded, tongue);
  const [before, after] = UPDATES[tongue][wording];
  const said = (one: Form) => ({
    text: filled(one.text, names),
    needles: one.needles.map((needle) => filled(needle, names)),
  });
  const question = filled(QUESTIONS[tongue].update, names);
  return { type: "decision", ...said(before), question, update: said(after) };
}

/** One line holds all of it. */
export const isIn = (lines: readonly string[], needles: readonly string[]): boolean =>
  lines.some((line) => needles.every((needle) => line.includes(needle)));
