// File patterns in the few signs people use: `*`, `**`, `?`, `[abc]`, `{a,b}`. Matched in time that grows with pattern times path: the
// platform's own matcher can be made to run for hours by one pattern.

const PATTERN_CHARS_MAX = 200;
const CHOICES_MAX = 64;

export function matchesGlob(pattern: string): (path: string) => boolean {
  if (pattern.length > PATTERN_CHARS_MAX)
    throw new Error(`A pattern may have at most ${PATTERN_CHARS_MAX} characters.`);
  // A pattern without a folder means a name anywhere, as people expect of *.ts.
  const anywhere = pattern.includes("/") ? pattern.replace(/^\.?\/+/, "") : `**/${pattern}`;
  const choices = withChoices(anywhere).map((choice) => choice.split("/").filter((part) => part !== ""));
  return (path) => {
    const names = path.split("/");
    return choices.some((parts) => matchesParts(parts, names));
  };
}

/** `{a,b}` written out, the innermost first. */
function withChoices(pattern: string): string[] {
  let open = [pattern];
  const done: string[] = [];
  while (open.length > 0) {
    if (open.length + done.length > CHOICES_MAX) throw new Error(`A pattern may have at most ${CHOICES_MAX} choices.`);
    open = open.flatMap((one) => {
      const match = /\{([^{}]*)\}/.exec(one);
      if (!match) {
        done.push(one);
        return [];
      }
      const [whole, inner = ""] = match;
      const rest = one.slice(match.index + whole.length);
      return inner.split(",").map((choice) => one.slice(0, match.index) + choice + rest);
    });
  }
  return done;
}

const matchesParts = (parts: readonly string[], names: readonly string[]): boolean =>
  matchesAll(parts, names, (part) => part === "**", matchesName);

function matchesName(part: string, name: string): boolean {
  const signs = part.match(/\[[^\]]+\]|./gsu) ?? [];
  return matchesAll(signs, [...name], (sign) => sign === "*", matchesSign);
}

function matchesSign(sign: string, character: string): boolean {
  if (sign === "?" || sign === character) return true;
  if (sign.length < 3 || !sign.startsWith("[")) return false;
  const isOther = sign[1] === "!" || sign[1] === "^";
  const set = [...sign.slice(isOther ? 2 : 1, -1)];
  const isIn = set.some((one, index) => {
    const to = set[index + 2];
    if (set[index + 1] === "-" && to !== undefined) return one <= character && character <= to;
    return one === character;
  });
  return isIn !== isOther;
}

/** Whether the pieces cover all the items in order, where a piece that is `any` covers any number of them. */
function matchesAll(
  pieces: readonly string[],
  items: readonly string[],
  isAny: (piece: string) => boolean,
  matches: (piece: string, item: string) => boolean,
): boolean {
  // Which beginnings of the items the pieces so far can cover.
  let reached = [true, ...items.map(() => false)];
  for (const piece of pieces) {
    let isOpen = false;
    const from = reached;
    reached = from.map((isReached, index) => {
      if (isAny(piece)) {
        isOpen ||= isReached;
        return isOpen;
      }
      const item = items[index - 1];
      return item !== undefined && from[index - 1] === true && matches(piece, item);
    });
  }
  return reached.at(-1) === true;
}
