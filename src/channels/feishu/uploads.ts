// Files that we send are uploaded first; the message then names the key.

import { z } from "zod";
import type { FeishuApi } from "./feishu-api.ts";
import type { FeishuFile } from "./render/compile-feishu.ts";

const uploadedShape = z.looseObject({ file_key: z.string() });

/** The content of a file message. Throws a FeishuFailure. */
export async function uploadFile(
  api: FeishuApi,
  file: FeishuFile,
  signal?: AbortSignal,
): Promise<{ file_key: string }> {
  const bytes = new TextEncoder().encode(file.content);
  const fields = { file_type: "stream", file_name: file.filename };
  const data = await api.upload("/im/v1/files", fields, { field: "file", name: file.filename, bytes }, signal);
  return { file_key: uploadedShape.parse(data).file_key };
}
