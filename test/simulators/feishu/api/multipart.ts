// Reads an uploaded form. The SDK sends a buffer as a part without a file name, so the web's own parser would make text of it.

export interface FormPart {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Undefined: this is no form. */
export function parseForm(body: Buffer, contentType: string): ReadonlyMap<string, FormPart> | undefined {
  const boundary = /^multipart\/form-data\s*;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const parts = new Map<string, FormPart>();
  const mark = Buffer.from(`\r\n--${boundary}`);
  // The first boundary has no line end before it.
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  let at = whole.indexOf(mark);
  while (at >= 0) {
    const from = at + mark.length + 2;
    const next = whole.indexOf(mark, from);
    if (next < 0) break;
    const part = whole.subarray(from, next);
    const split = part.indexOf("\r\n\r\n");
    const name = /name="([^"]*)"/i.exec(part.subarray(0, split).toString())?.[1];
    if (split >= 0 && name !== undefined) parts.set(name, { name, bytes: part.subarray(split + 4) });
    at = next;
  }
  return parts;
}
