// The bytes of files: uploads raw or as a form, downloads with the token, and the sign-in page for who has none.

import { extname } from "node:path";
import type { SlackWorld } from "./world.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".gif": "image/gif",
};

export const fileTypeOf = (name: string): string => TYPES[extname(name).toLowerCase()] ?? "application/octet-stream";

const plain = (status: number, body: string): HttpAnswer => ({
  status,
  headers: { "Content-Type": "text/plain" },
  body,
});

export async function upload(
  world: SlackWorld,
  path: string,
  contentType: string,
  body: Buffer,
  violated: (rule: string, detail: string) => void,
): Promise<HttpAnswer> {
  const file = world.files.get(path.split("/").at(-1) ?? "");
  if (!file || file.content) return plain(404, "Not Found");
  const content = contentType.startsWith("multipart/form-data") ? await formFile(contentType, body) : body;
  if (content?.length !== file.expectedLength) {
    violated("upload-length", `${file.name}: ${content?.length} bytes came, ${file.expectedLength} were announced`);
    return plain(400, "Bad Request");
  }
  file.content = content;
  return plain(200, `OK - ${content.length}`);
}

async function formFile(contentType: string, body: Buffer): Promise<Buffer | undefined> {
  const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": contentType } }).formData();
  for (const value of form.values()) if (typeof value !== "string") return Buffer.from(await value.arrayBuffer());
  return undefined;
}

/** Without a token Slack does not refuse: it shows a page to sign in, and that is a 200. */
export function download(world: SlackWorld, path: string, isSignedIn: boolean): HttpAnswer {
  if (!isSignedIn) return { status: 302, headers: { Location: "/sign-in" }, body: "" };
  const [, , key = ""] = path.split("/");
  const file = world.files.get(key.split("-")[1] ?? "");
  if (!file?.content) return plain(404, "Not Found");
  return { status: 200, headers: { "Content-Type": file.mimetype }, body: file.content };
}

export const SIGN_IN_PAGE: HttpAnswer = {
  status: 200,
  headers: { "Content-Type": "text/html; charset=utf-8" },
  body: "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to your workspace</body></html>",
};
