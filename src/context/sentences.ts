// Which of a text's sentences have to last when not all can: statements before questions, rules, choices, corrections and values
// before talk. Knows nothing of a conversation; looks at one sentence at a time.

import { withoutRoutine } from "./routine-lines.ts";
import { safeSlice } from "./view.ts";

const SENTENCE_CHARS_MAX = 300;
const SENTENCES_MAX = 400;
/** A full stop ends a sentence where white space follows: not in 2.14.3 or example.com. */
const SENTENCE_END = /(?<=[.!?…])\s+|(?<=[。！？；])\s*|\n+/;

const MUST = {
  en: /\b(?:must|never|always|have to|has to|need(?:s|ed)? to|should|shall|ought|only|unless|until|except|forbidden|not allowed|do not|don't|cannot|can't|won't|no longer|not any ?more|from now on|as long as|whatever)\b/i,
  zh: /必须|不要|不能|不得|不许|不准|别|务必|一定|绝对|禁止|总是|从不|只能|只有|除非|以后|今后|不再|千万/,
};
const CHOICE = {
  en: /\b(?:decid|agreed?\b|conclu|settle|cho(?:ose|se)|go(?:ing)? with|instead|rather|prefer|favou?rite|(?:i|we) (?:like|want|love|hate|use)|better|let'?s|because|actually|correction|i meant|is now|are now|in fact)/i,
  zh: /决定|同意|结论|定了|选|改为|改成|改用|换成|而不是|更喜欢|喜欢|偏好|习惯|讨厌|想要|因为|其实|更正|说错|不对|现在是|就用/,
};
const PROMISE = {
  en: /\b(?:todo|to do|deadline|due|remember|remind|promis|owe|by (?:the end|tomorrow|next|mon|tue|wed|thu|fri|sat|sun|\d)|before (?:the|next|mon|tue|wed|thu|fri|sat|sun|\d)|somebody|someone|responsible|in charge)/i,
  zh: /待办|截止|记住|记得|提醒|答应|承诺|欠|之前|以前|负责|有人/,
};
const QUESTION = /[?？]\s*$|[吗呢]\s*[。.]?\s*$/;
const ASK =
  /^(?:(?:hi|hello|hey|ok(?:ay)?|now|then|and|so|please|also|thanks|thank you|great)[,.!]?\s+)*(?:(?:can|could|would|will) you|show|look|check|list|give|tell|find|search|open|run|explain|compare|summari[sz]e|translate|write|draft|fetch|read|try|go on|continue|do (?:it|that)|the same)\b/i;
const ASK_ZH =
  /^(?:(?:你好|那|好的?|嗯|请|麻烦|再|先|现在|然后|也|你)[，,！!\s]*)*(?:帮|给我|看一?下|看看|查|列|找|搜|打开|运行|跑一|解释|对比|比较|总结|翻译|写|继续|试|同样|把.{1,40}(?:列|查|给|发))/;
const VALUE = /\d|https?:|`[^`]+`|"[^"]+"|“[^”]+”/;
const SAYS_NOTHING = { letters: 12, han: 4 };
/** Of its characters: less is a line that a program wrote and somebody pasted. */
const LETTERS_SHARE_MIN = 0.55;
/** A line or two are what somebody talks about. */
const PASTED_MAX = 2;

/** Of a text with very many, the first and the last. */
export function sentencesOf(text: string): readonly string[] {
  const sentences = text
    .split(SENTENCE_END)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
  if (sentences.length <= SENTENCES_MAX) return sentences;
  return [...sentences.slice(0, SENTENCES_MAX / 2), ...sentences.slice(-SENTENCES_MAX / 2)];
}

/** What a sentence is about: words and, where no spaces part them, pairs of characters; each once, no numbers. */
export const wordsOf = (sentence: string): readonly string[] => [
  ...new Set([
    ...(sentence.toLowerCase().match(/[\p{Script=Latin}_][\w\p{Script=Latin}-]{2,40}/gu) ?? []),
    ...pairsOf(sentence),
  ]),
];

const pairsOf = (sentence: string): readonly string[] =>
  (sentence.match(/\p{Script=Han}{2,}/gu) ?? []).flatMap((run) => {
    const characters = [...run];
    return characters.slice(1).map((character, place) => `${characters[place]}${character}`);
  });

/** 0: tells nothing that lasts. The higher, the longer it has to last. */
export function weightOf(sentence: string): number {
  const start = sentence.slice(0, SENTENCE_CHARS_MAX);
  if (isShort(sentence) || isPasted(start) || QUESTION.test(sentence)) return 0;
  const isRule = [MUST, CHOICE, PROMISE].some(({ en, zh }) => en.test(start) || zh.test(start));
  if (ASK.test(start) || ASK_ZH.test(start)) return isRule ? 1 : 0.5;
  return 1 + (isRule ? 2 : 0) + (VALUE.test(start) ? 0.5 : 0);
}

function isShort(sentence: string): boolean {
  const han = sentence.match(/\p{Script=Han}/gu)?.length ?? 0;
  return han < SAYS_NOTHING.han && sentence.length - han < SAYS_NOTHING.letters;
}

function isPasted(line: string): boolean {
  const marks = line.replaceAll(/\s/g, "");
  return (marks.match(/\p{L}/gu)?.length ?? 0) < marks.length * LETTERS_SHARE_MIN;
}

/** What somebody said, without the lines of a program that stand between it. */
export function spokenIn(text: string): readonly string[] {
  const sentences = sentencesOf(text);
  const spoken = sentences.filter((sentence) => !isPasted(sentence));
  return spoken.length < sentences.length - PASTED_MAX ? spoken : sentences;
}

/** The heaviest sentences of a text, in their order; what was pasted line by line is left to the log. */
export function gistOf(text: string, charsMax: number): string {
  const spoken = spokenIn(withoutRoutine(text));
  const whole = spoken.join("\n");
  if (whole.length <= charsMax) return whole;
  const sentences = spoken.map((sentence) => safeSlice(sentence, SENTENCE_CHARS_MAX));
  const weights = sentences.map(weightOf);
  const order = [...sentences.keys()].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  const kept = new Set<number>();
  let chars = 0;
  for (const place of order) {
    const length = (sentences[place]?.length ?? 0) + 1;
    if (chars + length > charsMax) continue;
    chars += length;
    kept.add(place);
  }
  return sentences.filter((_, place) => kept.has(place)).join("\n");
}
