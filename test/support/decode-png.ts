// The pixels of a PNG as our charts are: eight bits, red, green, blue and alpha, not interlaced.

import { inflateSync } from "node:zlib";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Four bytes each, row by row. */
  readonly bytes: Buffer;
}

const PIXEL = 4;

export function decodePng(png: Uint8Array): Pixels {
  const file = Buffer.from(png);
  if (file.toString("hex", 0, 8) !== "89504e470d0a1a0a") throw new Error("it is no PNG");
  const data: Buffer[] = [];
  for (let at = 8; at < file.length; at += file.readUInt32BE(at) + 12)
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  if (file[24] !== 8 || file[25] !== 6 || file[28] !== 0) throw new Error("it is a PNG of another kind");
  const rows = inflateSync(Buffer.concat(data));
  const line = width * PIXEL;
  const bytes = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (line + 1)];
    for (let x = 0; x < line; x += 1) {
      const left = x < PIXEL ? 0 : (bytes[y * line + x - PIXEL] ?? 0);
      const up = y === 0 ? 0 : (bytes[(y - 1) * line + x] ?? 0);
      const corner = x < PIXEL || y === 0 ? 0 : (bytes[(y - 1) * line + x - PIXEL] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      bytes[y * line + x] = ((rows[y * (line + 1) + 1 + x] ?? 0) + guess) & 0xff;
    }
  }
  return { width, height, bytes };
}

function paeth(left: number, up: number, corner: number): number {
  const at = left + up - corner;
  const [a, b, c] = [Math.abs(at - left), Math.abs(at - up), Math.abs(at - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** How many pixels are not white. */
export function inkIn(
  { width, height, bytes }: Pixels,
  rows: readonly [from: number, to: number] = [0, height],
): number {
  let ink = 0;
  for (let at = rows[0] * width * PIXEL; at < rows[1] * width * PIXEL; at += PIXEL)
    if (bytes.readUIntBE(at, 3) !== 0xffffff && bytes[at + 3] !== 0) ink += 1;
  return ink;
}
