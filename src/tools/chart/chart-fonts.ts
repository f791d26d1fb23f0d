// The glyphs a picture needs, Chinese ones too, from the font that comes with the program: a hundred small pieces, of which only
// those that hold a needed character are read, cut down to it, and fixed at one weight.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import subsetFont from "subset-font";
import { z } from "zod";

const PACKAGE = "@fontsource-variable/noto-sans-sc";
const WEIGHT = 400;

/** By a piece's name, which may stand in brackets, the ranges of characters in it: `U+4e00-4e03,U+4e08`. */
const piecesShape = z.record(z.string(), z.string());

const pathOf = createRequire(import.meta.url).resolve;

export async function fontsFor(text: string): Promise<readonly Uint8Array[]> {
  const characters = new Set(text);
  const pieces = piecesShape.parse(JSON.parse(await readFile(pathOf(`${PACKAGE}/unicode.json`), "utf8")));
  const fonts: Uint8Array[] = [];
  for (const [name, ranges] of Object.entries(pieces)) {
    const isIn = inRanges(ranges);
    const held = [...characters].filter((character) => isIn(character.codePointAt(0) ?? 0));
    if (held.length === 0) continue;
    const piece = await readFile(
      pathOf(`${PACKAGE}/files/noto-sans-sc-${name.replace(/[[\]]/g, "")}-wght-normal.woff2`),
    );
    fonts.push(await subsetFont(piece, held.join(""), { targetFormat: "truetype", variationAxes: { wght: WEIGHT } }));
  }
  return fonts;
}

function inRanges(ranges: string): (codePoint: number) => boolean {
  const parsed = ranges.split(",").map((range) => {
    const [first = "", last = first] = range.trim().replace(/^U\+/i, "").split("-");
    return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;
  });
  return (codePoint) => parsed.some(([first, last]) => codePoint >= first && codePoint <= last);
}
