// The files of the chat page: a fixed list read once; nothing of what is asked for ever becomes a path.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "page");
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
const CONTENT_SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function markdownItFile(): string {
  const main = createRequire(import.meta.url).resolve("markdown-it");
  return join(dirname(main), "browser", "markdown-it.esm.min.mjs");
}

export function createPageFiles(): (name: string) => Response {
  const names = readdirSync(folder).filter((name) => extname(name) in types);
  const paths = new Map<string, string>(names.map((name) => [name, join(folder, name)]));
  paths.set("markdown-it.mjs", markdownItFile());
  const cache = new Map<string, Buffer>();
  return (name) => {
    const path = paths.get(name);
    if (!path) return new Response("not found", { status: 404 });
    const bytes = cache.get(path) ?? readFileSync(path);
    cache.set(path, bytes);
    return new Response(new Uint8Array(bytes), {
      headers: {
        "content-type": types[extname(path)] ?? "application/octet-stream",
        "cache-control": "no-cache",
        "content-security-policy": CONTENT_SECURITY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    });
  };
}
