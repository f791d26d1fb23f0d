// Bytes of a page as text, in the charset it is written in: what a byte order mark says, then the header, then the page itself, then
// what the bytes look like. Chinese pages are often GBK and do not always say so.

const LOOKED_AT_BYTES = 4_096;
const JUDGED_BY_BYTES = 64 * 1024;
const META = /<meta[^>]{0,300}charset\s{0,10}=\s{0,10}["']?\s{0,10}([\w:.-]{1,40})/i;
const XML = /^\s{0,100}<\?xml[^>]{0,200}encoding\s{0,10}=\s{0,10}["']([\w:.-]{1,40})/i;

export function decodeText(bytes: Uint8Array, charset?: string): string {
  const decoder =
    decoderOf(markOf(bytes)) ?? decoderOf(charset) ?? decoderOf(declaredIn(bytes)) ?? decoderOf(guessOf(bytes));
  return (decoder ?? new TextDecoder()).decode(bytes);
}

function markOf(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

function declaredIn(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, LOOKED_AT_BYTES)).toString("latin1");
  const declared = (XML.exec(head) ?? META.exec(head))?.[1];
  // A page whose declaration could be read as single bytes is not written in UTF-16, whatever it says.
  return declared?.toLowerCase().startsWith("utf-16") ? "utf-8" : declared;
}

function guessOf(bytes: Uint8Array): string {
  if (isValid(bytes, "utf-8")) return "utf-8";
  return isValid(bytes, "gb18030") ? "gb18030" : "windows-1252";
}

/** Of a long text the beginning tells; it may end in the middle of a character. */
const isValid = (bytes: Uint8Array, charset: string): boolean => {
  const head = bytes.subarray(0, JUDGED_BY_BYTES);
  try {
    new TextDecoder(charset, { fatal: true }).decode(head, { stream: bytes.length > head.length });
    return true;
  } catch {
    return false;
  }
};

/** Undefined for a charset that nobody knows. */
function decoderOf(charset: string | undefined): TextDecoder | undefined {
  if (charset === undefined) return undefined;
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined;
  }
}
