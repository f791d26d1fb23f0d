// What people ask in the crash test of a chat channel and what must be read as the answer: every answer says which question it is of,
// where it begins and where it ends, so that nothing of it can be missing, doubled or out of order unseen.

/** `brief` is written at once, so that its answer is sent whole; all others are seen growing. */
export const SHAPES = ["brief", "plain", "one-tool", "two-tools", "slow", "long"] as const;
export type Shape = (typeof SHAPES)[number];

export interface Question {
  /** `m7` */
  readonly name: string;
  readonly shape: Shape;
  /** Counts its edits. */
  readonly version: number;
}

export const TOOLS_OF: Readonly<Record<Shape, readonly string[]>> = {
  brief: [],
  plain: [],
  "one-tool": ["act"],
  "two-tools": ["act", "look"],
  slow: [],
  long: [],
};

const LONG_PARAGRAPHS = 36;

export const questionText = ({ name, shape, version }: Question): string => `${name} ${shape} v${version}`;

export function questionIn(text: string): Question | undefined {
  const [, name, word, version] = /\b(m\d+) ([a-z-]+) v(\d+)\b/.exec(text) ?? [];
  const shape = SHAPES.find((one) => one === word);
  return name !== undefined && shape ? { name, shape, version: Number(version) } : undefined;
}

/** With pauses between them it is seen growing. `marks`: how its tools ended. */
export function answerPieces(question: Question, marks: readonly string[]): readonly string[] {
  const { name, version } = question;
  const body = bodyOf(question);
  const opened = [`Begin of ${name} v${version}`, ...marks].join(" ");
  const pieces = [`${opened}, ${body[0]}`, ...body.slice(1, -1), `${body.at(-1)} End of ${name} v${version}, truly.`];
  return question.shape === "brief" ? [pieces.join("")] : pieces;
}

function bodyOf({ name, shape }: Question): readonly string[] {
  if (shape === "slow") {
    const line = `which takes its time and is seen by ${name} while it grows, word for word, until it is all there. `;
    return [line, `Here is more of ${name}, for whoever waits. `, "And that is all."];
  }
  if (shape !== "long") return ["which is short. ", "That is all."];
  const paragraphs = Array.from(
    { length: LONG_PARAGRAPHS },
    (_, n) => `paragraph ${n} of ${name}: ${"the train goes on and on. ".repeat(18)}\n\n`,
  );
  return [paragraphs.slice(0, LONG_PARAGRAPHS / 2).join(""), paragraphs.slice(LONG_PARAGRAPHS / 2).join(""), "All."];
}

export interface ReadAnswer {
  readonly name: string;
  readonly version: number;
  /** Empty when it is whole; else what stands where it should go on otherwise. */
  readonly flaw: string;
}

export interface Reading {
  readonly answers: readonly ReadAnswer[];
  /** What stands there besides, as letters. */
  readonly rest: string;
}

/** Letters and digits only: what stays the same however a text is laid out and cut into messages. */
const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");

const ANSWER = /Beginof(m\d+)v(\d+)((?:good|lost)*)(?:which|paragraph).*?Endof\1v\2truly/gs;
const BEGUN = /Beginof(m\d+)v(\d+)((?:good|lost)*)/g;

/**
 * What people read of the bot in one conversation, in the order it stands there. Of a message that was taken back the beginning of an
 * answer may be left, as far as it had been shown.
 */
export function readAnswers(seen: readonly string[], of: (name: string) => Heard | undefined): Reading {
  const letters = lettersOf(seen.join(" "));
  const expected = (name: string, version: string, marks: string): string => {
    const shape = of(name)?.shape;
    const pieces = shape ? answerPieces({ name, shape, version: Number(version) }, []) : [];
    return lettersOf(pieces.join("")).replace(/^Beginofm\d+v\d+/, (begin) => begin + marks);
  };
  const answers = [...letters.matchAll(ANSWER)].map(([whole, name = "", version = "", marks = ""]) => ({
    name,
    version: Number(version),
    flaw: flawOf(whole, expected(name, version, marks)),
  }));
  let rest = letters.replace(ANSWER, "");
  for (const [begun, name = "", version = "", marks = ""] of [...rest.matchAll(BEGUN)]) {
    if (!of(name)?.isTakenBack) continue;
    const at = rest.indexOf(begun);
    const shown = sharedStart(rest.slice(at), expected(name, version, marks));
    rest = rest.slice(0, at) + rest.slice(at + shown);
  }
  return { answers, rest };
}

export interface Heard {
  readonly shape: Shape;
  readonly isTakenBack: boolean;
}

const FLAW_CHARS = 80;

function flawOf(read: string, expected: string): string {
  if (read === expected) return "";
  const at = sharedStart(read, expected);
  return `${read.slice(Math.max(0, at - FLAW_CHARS), at)} >>> ${read.slice(at, at + FLAW_CHARS)}`;
}

function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
