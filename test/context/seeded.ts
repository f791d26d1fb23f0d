// Randomness that a seed repeats, and text made with it: several languages, emoji, characters of two code units.

export interface Seeded {
  /** In [0, 1). */
  next(): number;
  /** From min to max, both included. */
  whole(min: number, max: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** Mulberry32. */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    whole: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (share) => next() < share,
    pick: ([first, ...rest]) => [first, ...rest][Math.floor(next() * (rest.length + 1))] ?? first,
  };
}

export type Tongue = "en" | "zh" | "mixed" | "odd";

const FRAGMENTS: Readonly<Record<Tongue, readonly [string, ...string[]]>> = {
  en: [
    "the build was green again after the second try. ",
    "could you look at the invoices of last week? ",
    "We decided to keep the old endpoint until March. ",
    "see https://example.com/runs/4711?tab=log and OPS-1234\n",
    "version 2.14.3 replaced 2.14.1, port = 8443 ",
    "it must never be restarted during the day; ",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479 ",
    "/srv/app/releases/current/config.yaml ",
  ],
  zh: [
    "构建在第二次尝试后恢复正常。",
    "请看一下上周的发票，好吗？",
    "我们决定把旧接口保留到三月。",
    "超时时间改为30秒，截止日期是2026年12月1日。\n",
    "预算是 12 万元，不要在白天重启服务。",
    "详见 https://example.com/报告/77 和工单 OPS-1234。",
  ],
  mixed: [
    "部署到 staging 环境 with flag=on, ",
    "Ann 说 we should 改成 v3.2.1；",
    "日志在 /var/log/app/error.log 里 👀 ",
    "ok 👍 ",
  ],
  odd: [
    "👩‍👩‍👧‍👦",
    "𠮷野家",
    "🚀",
    "é̂",
    "\t\t",
    "<b>&amp;</b>",
    "</history>",
    "العربية ",
    "ｆｕｌｌ",
    "0123456789abcdef",
    "\n\n",
    "....",
    "'\"`\\",
  ],
};

/** About so many characters, never ending in half of one. */
export function textOf(seeded: Seeded, chars: number, tongue: Tongue): string {
  const fragments = FRAGMENTS[tongue];
  let text = "";
  // A large text repeats a block: making it must not cost more than what it tests.
  const blockChars = Math.min(chars, 600);
  while (text.length < blockChars) text += seeded.pick(fragments);
  if (chars > text.length) text = text.repeat(Math.ceil(chars / text.length));
  return text.slice(0, chars).toWellFormed().replaceAll("\ufffd", "_");
}
