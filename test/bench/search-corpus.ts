// Made-up talk with the statistics of real talk: word frequencies fall like 1/rank, seven lines of ten are Chinese, some carry an
// identifier. The same seed gives the same lines.

export interface Corpus {
  line(n: number): string;
  /** A question in words of the line, with others around them. */
  question(line: string): string;
  identifier(): string;
  random(): number;
}

const ZH_SHARE = 0.7;
const LINE_CHARS = 75;
const CHARACTERS = 2_500;
const WORDS = 12_000;
const FIRST_HAN = 0x4e00;
const IDENTIFIER_EVERY = 10;
const ZIPF_OFFSET = 2.7;

const PARTICLES = [..."的了是在我有和就不人都一上也很到说要去你会着没看好自己这"];
const SMALL_WORDS = "the a to of and in is for that it on with we you this be are as at have will can not".split(" ");
const SYLLABLES = "ba co de fi gu ha jo ki la me no pu re si tu va wo ze tra ble ing tion er".split(" ");

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createCorpus(seed: number): Corpus {
  const random = seeded(seed);
  const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const frequent = <T>(list: readonly T[]): T => {
    const rank = ZIPF_OFFSET * ((list.length + ZIPF_OFFSET) / ZIPF_OFFSET) ** random() - ZIPF_OFFSET;
    return list[Math.min(list.length - 1, Math.floor(rank))] as T;
  };
  const characters = Array.from({ length: CHARACTERS }, (_, n) => String.fromCodePoint(FIRST_HAN + n * 7));
  const chinese = Array.from({ length: WORDS }, () => frequent(characters) + frequent(characters));
  const english = Array.from({ length: WORDS }, () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => any(SYLLABLES)).join(""),
  );
  const identifier = (): string => `ORD-${10_000 + Math.floor(random() * 90_000)}`;

  function chineseLine(): string {
    let text = "";
    while (text.length < LINE_CHARS) {
      text += frequent(chinese);
      if (random() < 0.45) text += frequent(PARTICLES);
      if (random() < 0.08) text += "，";
    }
    return text;
  }

  function englishLine(): string {
    let text = "";
    while (text.length < LINE_CHARS) text += `${random() < 0.4 ? frequent(SMALL_WORDS) : frequent(english)} `;
    return text;
  }

  return {
    random,
    identifier,
    line: (n) =>
      (random() < ZH_SHARE ? chineseLine() : englishLine()) + (n % IDENTIFIER_EVERY === 0 ? identifier() : ""),
    question: (line) => {
      const words = line.split(" ").filter((word) => word.length > 3);
      if (words.length > 2) return `what was the ${any(words)} of ${any(words)} in ${any(words)}?`;
      const at = Math.floor(random() * (LINE_CHARS - 25));
      return `${line.slice(at, at + 3)}的${line.slice(at + 6, at + 10)}是什么时候${line.slice(at + 12, at + 14)}？`;
    },
  };
}
