// Tells the lines that a list, a log or a table is made of from those that stand out in it. Lines are compared by their shape:
// the same marks around other words and numbers.

const ALIKE_MAX = 3;
const LINE_CHARS_MAX = 300;
const LINES_MAX = 4_000;
const SHAPE_CHARS_MAX = 120;
/** What people write has none of these, or few. */
const MADE_BY_MACHINE = /[|{}[\]<>=/\\_"]|\d.*[:;,\t]|\t/;
const KEY = /^[\s{[]*"?([A-Za-z_\p{Script=Han}][\w\p{Script=Han}.-]{0,60})"?\s*[:=]/u;

/** A named value is alike with those of the same name only. */
function shapeOf(line: string): string {
  const key = KEY.exec(line)?.[1];
  if (key !== undefined) return `${key} =`;
  return line
    .slice(0, LINE_CHARS_MAX)
    .replaceAll(/[\w.-]+/g, "w")
    .replaceAll(/\s+/g, " ")
    .slice(0, SHAPE_CHARS_MAX);
}

/** A line without end, as programs write them for each other, in its parts. */
const linesOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .flatMap((line) => (line.length <= LINE_CHARS_MAX ? [line] : line.split(/(?<=[,;}])/)))
    .slice(0, LINES_MAX);

/** The text with only the first of many lines of one shape. */
export function withoutRoutine(text: string): string {
  if (!text.includes("\n")) return text;
  const lines = text.split("\n");
  const counts = countShapes(lines);
  const shown = new Set<string>();
  return lines
    .filter((line) => {
      const shape = shapeOf(line);
      if ((counts.get(shape) ?? 0) <= ALIKE_MAX || !MADE_BY_MACHINE.test(line)) return true;
      if (shown.has(shape)) return false;
      shown.add(shape);
      return true;
    })
    .join("\n");
}

function countShapes(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const shape = shapeOf(line);
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return counts;
}

/** For each text the lines whose shape is rare in all of them together, as they stand there. */
export function outstandingLines(texts: readonly string[]): readonly (readonly string[])[] {
  const split = texts.map(linesOf);
  const counts = countShapes(split.flat());
  return split.map((lines) =>
    lines.flatMap((line) => ((counts.get(shapeOf(line)) ?? 0) <= ALIKE_MAX && line.trim() !== "" ? [line.trim()] : [])),
  );
}
