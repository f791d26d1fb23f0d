// The blocks of a Markdown text as they are written: paragraphs, items, quotes and code, each in the part of the page it belongs to.

/** In the order in which they are read. */
const PARTS = ["main", "body", "edge"] as const;
export type Part = (typeof PARTS)[number];

export interface Blocks {
  /** Words of the block that is open; blanks run together. */
  words(text: string): void;
  /** As it is: code, and the signs of Markdown. */
  raw(text: string): void;
  /** Ends the open block; the next one lies in `part` and each of its lines begins with `prefix`, the first with `first` instead. */
  open(part: Part, prefix?: string, first?: string): void;
  /** Of the block that is open. */
  isEmpty(): boolean;
  size(): number;
  text(): string;
}

export function createBlocks(): Blocks {
  const done: Record<Part, string[]> = { main: [], body: [], edge: [] };
  let part: Part = "body";
  let prefix = "";
  let first = "";
  let pieces: string[] = [];
  let hasWords = false;
  let endsInBlank = true;
  let size = 0;

  function close(): void {
    const lines = pieces.join("").split("\n");
    const text = hasWords
      ? lines
          .map((line, index) => (index === 0 ? first : prefix) + line)
          .join("\n")
          .trimEnd()
      : "";
    if (text !== "") done[part].push(text);
    pieces = [];
    hasWords = false;
    endsInBlank = true;
  }

  function add(text: string): void {
    pieces.push(text);
    size += text.length;
    endsInBlank = /\s$/.test(text);
  }

  return {
    words: (text) => {
      const plain = text.replaceAll(/\s+/g, " ");
      const kept = endsInBlank ? plain.trimStart() : plain;
      if (kept === "") return;
      if (kept !== " ") hasWords = true;
      add(kept);
    },
    raw: (text) => {
      if (/\S/.test(text)) hasWords = true;
      if (text !== "") add(text);
    },
    open: (nextPart, nextPrefix = "", nextFirst = nextPrefix) => {
      close();
      part = nextPart;
      prefix = nextPrefix;
      first = nextFirst;
    },
    isEmpty: () => !hasWords,
    size: () => size,
    text: () => {
      close();
      return PARTS.map((one) => joined(done[one]))
        .filter((one) => one !== "")
        .join("\n\n---\n\n");
    },
  };
}

const ITEM = /^[> ]*(?:-|\d+\.|\|) ?/;

/** Items of a list and rows of a table stand close together. */
function joined(blocks: readonly string[]): string {
  return blocks
    .map((block, index) => {
      const before = blocks[index - 1];
      if (before === undefined) return block;
      return (ITEM.test(before) && ITEM.test(block) ? "\n" : "\n\n") + block;
    })
    .join("");
}
