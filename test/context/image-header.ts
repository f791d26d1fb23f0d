// Images of a given size as their first bytes, in the formats that vendors take; what follows the header is left out.

export type ImageFormat = "png" | "gif" | "jpeg" | "webp-lossy" | "webp-lossless" | "webp-extended";

const ascii = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0));
const big = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256);
const little = (value: number, bytes: number): number[] => big(value, bytes).reverse();
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

/** A segment before the frame, as cameras write them. */
const exif = (bytes: number): number[] => [0xff, 0xe1, ...big(bytes + 2, 2), ...zeros(bytes)];

function headerBytes(format: ImageFormat, width: number, height: number): readonly number[] {
  switch (format) {
    case "png":
      return [
        0x89,
        ...ascii("PNG\r\n\x1a\n"),
        ...big(13, 4),
        ...ascii("IHDR"),
        ...big(width, 4),
        ...big(height, 4),
        8,
        6,
      ];
    case "gif":
      return [...ascii("GIF89a"), ...little(width, 2), ...little(height, 2), 0xf7, 0, 0];
    case "jpeg":
      return [
        0xff,
        0xd8,
        ...exif(60_000),
        0xff,
        ...exif(9_000),
        0xff,
        0xc2,
        ...big(17, 2),
        8,
        ...big(height, 2),
        ...big(width, 2),
        3,
        1,
      ];
    case "webp-lossy":
      return [...riff("VP8 "), 0x10, 0, 0, 0x9d, 0x01, 0x2a, ...little(width, 2), ...little(height, 2), 0];
    case "webp-lossless":
      return [...riff("VP8L"), 0x2f, ...little(width - 1 + (height - 1) * 2 ** 14, 4), 0];
    case "webp-extended":
      return [...riff("VP8X"), 0x10, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3), 0];
  }
}

const riff = (chunk: string): number[] => [
  ...ascii("RIFF"),
  ...zeros(4),
  ...ascii("WEBP"),
  ...ascii(chunk),
  ...zeros(4),
];

export const imageOf = (format: ImageFormat, width: number, height: number) => ({
  mediaType: `image/${format.split("-")[0]}`,
  base64: Buffer.from(headerBytes(format, width, height)).toString("base64"),
});
