// Files that we send are uploaded first; the message then names the key. A picture that Feishu takes for none goes as a file.

import { z } from "zod";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";

export interface OutgoingFile {
  readonly filename: string;
  readonly content: string | Uint8Array;
  readonly mediaType?: string;
}

export const uploadedFile = z.discriminatedUnion("type", [
  z.object({ type: z.literal("image"), content: z.object({ image_key: z.string() }) }),
  z.object({ type: z.literal("file"), content: z.object({ file_key: z.string() }) }),
]);

/** Type and content of the message that shows it. */
export type UploadedFile = z.infer<typeof uploadedFile>;

export const keyOf = (uploaded: UploadedFile): string =>
  uploaded.type === "image" ? uploaded.content.image_key : uploaded.content.file_key;

const IMAGES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** All else is a stream of bytes: sound and video only if they are what Feishu plays. */
const KINDS: Readonly<Record<string, string>> = {
  pdf: "pdf",
  doc: "doc",
  docx: "doc",
  xls: "xls",
  xlsx: "xls",
  ppt: "ppt",
  pptx: "ppt",
};

/** Throws a FeishuFailure. */
export async function uploadFile(api: FeishuApi, file: OutgoingFile, signal?: AbortSignal): Promise<UploadedFile> {
  const name = file.filename;
  const bytes = typeof file.content === "string" ? new TextEncoder().encode(file.content) : file.content;
  if (IMAGES.includes(file.mediaType ?? "")) {
    const image = await asImage(api, name, bytes, signal);
    if (image) return image;
  }
  const kind = KINDS[name.toLowerCase().split(".").at(-1) ?? ""] ?? "stream";
  const fields = { file_type: kind, file_name: name };
  const data = await api.upload("/im/v1/files", fields, { field: "file", name, bytes }, signal);
  return uploadedFile.parse({ type: "file", content: data });
}

async function asImage(
  api: FeishuApi,
  name: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<UploadedFile | undefined> {
  try {
    const data = await api.upload("/im/v1/images", { image_type: "message" }, { field: "image", name, bytes }, signal);
    return uploadedFile.parse({ type: "image", content: data });
  } catch (error) {
    if (error instanceof FeishuFailure && error.kind === "refused" && !error.isAppRefused) return undefined;
    throw error;
  }
}
