// A body within bounds: bytes on the wire and bytes after decompression are counted as they come, and past a bound it is cut, not
// gathered. A few bytes that would become gigabytes are never more than the bound in memory.

import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress, type ZlibOptions } from "node:zlib";
import { RefusedRequest } from "./refused-request.ts";

export interface BodyBounds {
  readonly wireBytesMax: number;
  readonly bodyBytesMax: number;
}

export interface Body {
  readonly bytes: Buffer;
  /** A bound was reached: there was more. */
  readonly isCut: boolean;
}

export const ACCEPTED_ENCODINGS = "gzip, deflate, br";

/** One piece out of a decompressor is never larger, so a bound is passed by no more than this. */
const PIECE_BYTES = 64 * 1024;

export async function readBody(source: Readable, encoding: string | undefined, bounds: BodyBounds): Promise<Body> {
  const unpack = decompressorOf(encoding);
  let isWireCut = false;
  const onWire = limited(source, bounds.wireBytesMax, () => {
    isWireCut = true;
  });
  // Its failure is thrown where `unpack` is read.
  if (unpack) pipeline(onWire, unpack, () => {});
  const pieces: Buffer[] = [];
  let isBodyCut = false;
  try {
    for await (const piece of limited(unpack ?? onWire, bounds.bodyBytesMax, () => {
      isBodyCut = true;
    })) {
      pieces.push(piece);
    }
  } catch (error) {
    // What we cut short cannot be unpacked to its end; what came out of it before is good.
    if (!isWireCut) throw isUnpackError(error) ? new RefusedRequest("The body is not packed as it says.") : error;
  } finally {
    // There may be more to come, and nobody is left to read the error of ending it.
    source.on("error", () => {}).destroy();
    unpack?.destroy();
  }
  return { bytes: Buffer.concat(pieces), isCut: isWireCut || isBodyCut };
}

/** Passes so many bytes on; says when there were more. */
async function* limited(source: AsyncIterable<Buffer>, bytesMax: number, onCut: () => void): AsyncGenerator<Buffer> {
  let left = bytesMax;
  for await (const piece of source) {
    if (piece.length > 0 && left >= 0) yield piece.subarray(0, left);
    left -= piece.length;
    if (left >= 0) continue;
    onCut();
    return;
  }
}

function decompressorOf(encoding = "identity") {
  const options: ZlibOptions = { chunkSize: PIECE_BYTES };
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      return createGunzip(options);
    case "deflate":
      return createInflate(options);
    case "br":
      return createBrotliDecompress({ chunkSize: PIECE_BYTES });
    case "zstd":
      return createZstdDecompress({ chunkSize: PIECE_BYTES });
    default:
      // Several one after the other are a bomb's way of being small.
      throw new RefusedRequest(`The body is packed in a way that is not read (${encoding.slice(0, 50)}).`);
  }
}

const isUnpackError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^(Z_|ERR_|ZSTD_)/.test(String(error.code));
