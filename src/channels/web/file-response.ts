// A file that was sent in a session, as an answer no browser can be talked into running: pictures by their type, all else as bytes,
// always to be saved and never as a page of ours.

import type { SentFile } from "../../core/aside.ts";

const PICTURES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

export function fileResponse({ name, mediaType }: SentFile, content: Uint8Array): Response {
  return new Response(Uint8Array.from(content), {
    headers: {
      "content-type": PICTURES.includes(mediaType) ? mediaType : "application/octet-stream",
      "content-disposition": `attachment; filename="${plainName(name)}"; filename*=UTF-8''${encoded(name)}`,
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "cache-control": "private, max-age=3600",
    },
  });
}

/** Where the file is had. */
export function fileAddress(session: string, fileId: string): string {
  const colon = session.indexOf(":");
  const channel = session.slice(0, colon);
  const id = session.slice(colon + 1);
  return `/api/sessions/${encodeURIComponent(id)}/files/${encodeURIComponent(fileId)}?channel=${encodeURIComponent(channel)}`;
}

const plainName = (name: string): string => name.replace(/[^\w.-]/g, "_").slice(-100);

const encoded = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
