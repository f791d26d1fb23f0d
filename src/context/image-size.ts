// Width and height of an image, read from the first bytes of its base64 text without decoding the rest. A header that lies,
// ends early or is of another kind gives undefined, never an error and never a long search.

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The byte at an offset; NaN outside the image, which no comparison below takes for a value. */
type ByteAt = (offset: number) => number;

/** Photographs carry a handful before their frame; a colour profile may take a dozen. */
const JPEG_SEGMENTS_MAX = 64;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const digitOf: ReadonlyMap<number, number> = new Map(
  Array.from(DIGITS, (character, value): [number, number] => [character.charCodeAt(0), value]),
);

export function imageSize(base64: string): ImageSize | undefined {
  const at = byteReader(base64);
  const size = pngSize(at) ?? jpegSize(at) ?? gifSize(at) ?? webpSize(at);
  return size && isReal(size.width) && isReal(size.height) ? size : undefined;
}

const isReal = (pixels: number): boolean => Number.isInteger(pixels) && pixels > 0;

/** Four base64 digits are three bytes, so each byte is found by its offset alone. */
function byteReader(base64: string): ByteAt {
  const digitAt = (index: number): number => digitOf.get(base64.charCodeAt(index)) ?? Number.NaN;
  return (offset) => {
    const group = Math.floor(offset / 3) * 4;
    const place = offset % 3;
    const high = digitAt(group + place);
    const low = digitAt(group + place + 1);
    if (Number.isNaN(high + low)) return Number.NaN;
    return ((high << (2 + 2 * place)) | (low >> (4 - 2 * place))) & 0xff;
  };
}

const littleEndian = (at: ByteAt, offset: number, bytes: 2 | 3): number =>
  at(offset) + at(offset + 1) * 0x100 + (bytes === 3 ? at(offset + 2) * 0x10000 : 0);
const bigEndian = (at: ByteAt, offset: number): number => at(offset) * 0x100 + at(offset + 1);

function hasText(at: ByteAt, offset: number, text: string): boolean {
  return Array.from(text).every((character, index) => at(offset + index) === character.charCodeAt(0));
}

function pngSize(at: ByteAt): ImageSize | undefined {
  if (at(0) !== 0x89 || !hasText(at, 1, "PNG") || !hasText(at, 12, "IHDR")) return undefined;
  return {
    width: bigEndian(at, 16) * 0x10000 + bigEndian(at, 18),
    height: bigEndian(at, 20) * 0x10000 + bigEndian(at, 22),
  };
}

function gifSize(at: ByteAt): ImageSize | undefined {
  if (!hasText(at, 0, "GIF8")) return undefined;
  return { width: littleEndian(at, 6, 2), height: littleEndian(at, 8, 2) };
}

/** Hops from segment to segment until the one that describes the frame. */
function jpegSize(at: ByteAt): ImageSize | undefined {
  if (at(0) !== 0xff || at(1) !== 0xd8) return undefined;
  let offset = 2;
  for (let segment = 0; segment < JPEG_SEGMENTS_MAX; segment += 1) {
    if (at(offset) !== 0xff) return undefined;
    const marker = at(offset + 1);
    if (isFrame(marker)) return { height: bigEndian(at, offset + 5), width: bigEndian(at, offset + 7) };
    // A fill byte may stand before a marker; a length counts its own two bytes.
    offset += marker === 0xff ? 1 : 2 + bigEndian(at, offset + 2);
  }
  return undefined;
}

/** C0 to CF, but for the tables and the reserved one among them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function webpSize(at: ByteAt): ImageSize | undefined {
  if (!hasText(at, 0, "RIFF") || !hasText(at, 8, "WEBP")) return undefined;
  if (hasText(at, 12, "VP8X")) return { width: littleEndian(at, 24, 3) + 1, height: littleEndian(at, 27, 3) + 1 };
  if (hasText(at, 12, "VP8L")) {
    // Two numbers of 14 bits, less one each.
    const bits = littleEndian(at, 21, 3) + at(24) * 0x1000000;
    return { width: (bits % 0x4000) + 1, height: (Math.floor(bits / 0x4000) % 0x4000) + 1 };
  }
  if (hasText(at, 12, "VP8 ") && at(23) === 0x9d) {
    // The upper two bits are a scale for display.
    return { width: littleEndian(at, 26, 2) % 0x4000, height: littleEndian(at, 28, 2) % 0x4000 };
  }
  return undefined;
}
