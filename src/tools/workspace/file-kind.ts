// What a file's first bytes say it is, in words for a sentence: only `text` is shown.

const LOOKED_AT_BYTES = 8_192;

const BEGINNINGS: readonly (readonly [begin: string, kind: string])[] = [
  ["89504e47", "a PNG image"],
  ["ffd8ff", "a JPEG image"],
  ["47494638", "a GIF image"],
  ["25504446", "a PDF document"],
  ["504b0304", "a ZIP archive or an Office document"],
  ["1f8b", "a gzip archive"],
  ["7f454c46", "a program"],
];

export function fileKind(content: Buffer): string {
  const begin = content.subarray(0, 12).toString("hex");
  if (begin.startsWith("52494646") && content.subarray(8, 12).toString("latin1") === "WEBP") return "a WebP image";
  const known = BEGINNINGS.find(([first]) => begin.startsWith(first));
  if (known) return known[1];
  return content.subarray(0, LOOKED_AT_BYTES).includes(0) ? "a binary file" : "text";
}
