// What kind of file something is, for whoever shows it: a picture by its first bytes, anything else by the end of its name. A name
// that claims a picture where there is none is believed by nobody.

const PICTURES: readonly (readonly [begin: string, mediaType: string])[] = [
  ["89504e470d0a1a0a", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["474946383761", "image/gif"],
  ["474946383961", "image/gif"],
];

const TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  txt: "text/plain",
  log: "text/plain",
  md: "text/markdown",
  json: "application/json",
  yaml: "application/yaml",
  yml: "application/yaml",
  html: "text/html",
  svg: "image/svg+xml",
  pdf: "application/pdf",
  zip: "application/zip",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
};

export function mediaTypeOf(name: string, content: Buffer): string {
  const begin = content.subarray(0, 12).toString("hex");
  if (begin.startsWith("52494646") && content.subarray(8, 12).toString("latin1") === "WEBP") return "image/webp";
  const picture = PICTURES.find(([first]) => begin.startsWith(first));
  return picture?.[1] ?? TYPES[name.toLowerCase().split(".").at(-1) ?? ""] ?? "application/octet-stream";
}
