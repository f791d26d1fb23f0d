// What an uploaded image is: its format by the first bytes, its size in pixels where the header tells it at a fixed place.

export interface ImageHeader {
  readonly format: "png" | "jpeg" | "gif" | "webp" | "bmp" | "tiff" | "ico";
  readonly width?: number;
  readonly height?: number;
}

export function readImageHeader(bytes: Buffer): ImageHeader | undefined {
  const starts = (hex: string): boolean => bytes.subarray(0, hex.length / 2).toString("hex") === hex;
  if (starts("89504e470d0a1a0a")) {
    if (bytes.length < 24) return { format: "png" };
    return { format: "png", width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  }
  if (starts("474946383761") || starts("474946383961")) {
    if (bytes.length < 10) return { format: "gif" };
    return { format: "gif", width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  }
  if (starts("ffd8ff")) return { format: "jpeg" };
  if (starts("52494646") && bytes.subarray(8, 12).toString() === "WEBP") return { format: "webp" };
  if (starts("424d")) return { format: "bmp" };
  if (starts("49492a00") || starts("4d4d002a")) return { format: "tiff" };
  if (starts("00000100")) return { format: "ico" };
  return undefined;
}
