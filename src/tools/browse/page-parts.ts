// A long page in parts that each fit into one answer, cut between lines where that can be.

const PART_CHARS = 12_000;

/** At least one; together they are the whole text. */
export function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  while (text.length - from > PART_CHARS) {
    const line = text.lastIndexOf("\n", from + PART_CHARS);
    const end = line > from + PART_CHARS / 2 ? line + 1 : from + PART_CHARS - halfPairAt(text, from + PART_CHARS);
    parts.push(text.slice(from, end));
    from = end;
  }
  return [...parts, text.slice(from)];
}

/** 1 if a cut here would part the two halves of one character. */
const halfPairAt = (text: string, at: number): number => (/^[\udc00-\udfff]/.test(text.slice(at, at + 1)) ? 1 : 0);
