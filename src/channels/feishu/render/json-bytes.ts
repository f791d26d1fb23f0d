// What a text takes of a Feishu request: bytes of UTF-8 as a JSON string.

/** A mention is longer in a post than in a card; a `<` pays for it, so that what fits a card fits a post. */
const LESS_BYTES = 12;

export function jsonBytes(text: string): number {
  let bytes = 0;
  for (let place = 0; place < text.length; place += 1) bytes += unitBytes(text.charCodeAt(place));
  return bytes;
}

function unitBytes(unit: number): number {
  if (unit === 0x3c) return LESS_BYTES;
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit >= 0x20 && unit < 0x80) return 1;
  if (unit < 0x20) return unit === 0x0a || unit === 0x09 || unit === 0x0d ? 2 : 6;
  if (unit < 0x800) return 2;
  // Half of a pair takes two of its four bytes.
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}
