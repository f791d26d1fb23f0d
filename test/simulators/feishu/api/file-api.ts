// Images and files: uploading them, reading one's own by key, and reading those in messages.

import type { Platform } from "../platform.ts";
import * as limits from "../platform-limits.ts";
import type { Message, StoredFile } from "../world/world-records.ts";
import { ApiRefusal } from "./api-error.ts";
import { readImageHeader } from "./file-kinds.ts";
import { messageOf, ownChat } from "./message-api.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, pathOf } from "./operation.ts";

const FILE_TYPES: ReadonlySet<string> = new Set(["opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"]);
const WITHOUT_RESOURCES: ReadonlySet<string> = new Set(["sticker", "interactive", "merge_forward"]);

function uploadImage({ form }: ApiRequest, { world, ids }: Platform): ApiAnswer {
  const type = form?.get("image_type")?.bytes.toString();
  const bytes = form?.get("image")?.bytes;
  if ((type !== "message" && type !== "avatar") || !bytes) throw invalid();
  checkLength(bytes, limits.IMAGE_BYTES_MAX);
  const header = readImageHeader(bytes);
  if (!header) throw new ApiRefusal(234011, "Can't recognize the image format.");
  const side = header.format === "gif" ? limits.GIF_SIDE_PX_MAX : limits.IMAGE_SIDE_PX_MAX;
  if ((header.width ?? 0) > side || (header.height ?? 0) > side) {
    throw new ApiRefusal(234039, "The image resolution exceeds the limit.");
  }
  const key = ids.next("img_v3_");
  world.files.set(key, { key, kind: "image", type: header.format, name: "", bytes, isOwn: true });
  return answer({ image_key: key });
}

function uploadFile({ form }: ApiRequest, { world, ids }: Platform): ApiAnswer {
  const type = form?.get("file_type")?.bytes.toString();
  const name = form?.get("file_name")?.bytes.toString();
  const bytes = form?.get("file")?.bytes;
  if (type === undefined || !FILE_TYPES.has(type) || !name || !bytes) throw invalid();
  checkLength(bytes, limits.FILE_BYTES_MAX);
  const key = ids.next("file_v3_");
  world.files.set(key, { key, kind: "file", type, name, bytes, isOwn: true });
  return answer({ file_key: key });
}

const invalid = (): ApiRefusal => new ApiRefusal(234001, "Invalid request param.");

function checkLength(bytes: Buffer, most: number): void {
  if (bytes.length === 0) throw new ApiRefusal(234010, "File's size can't be 0.");
  if (bytes.length > most) throw new ApiRefusal(234006, "The file size exceed the max value.");
}

const ownFile =
  (kind: StoredFile["kind"], name: "image_key" | "file_key") =>
  (request: ApiRequest, { world }: Platform): ApiAnswer => {
    const file = world.files.get(pathOf(request, name));
    if (!file || file.kind !== kind) throw invalid();
    if (!file.isOwn) throw new ApiRefusal(234008, "The app is not the resource sender.");
    return download(file);
  };

function messageResource(request: ApiRequest, platform: Platform): ApiAnswer {
  const type = request.query.get("type");
  if (type !== "image" && type !== "file") throw invalid();
  const message = messageOf(request, platform);
  ownChat(message.chatId, platform);
  if (message.recalled) throw new ApiRefusal(230110, "The message is deleted.");
  if (WITHOUT_RESOURCES.has(message.messageType) || message.upperMessageId !== undefined) {
    throw new ApiRefusal(234043, "Unsupported message type.");
  }
  const file = platform.world.files.get(pathOf(request, "file_key"));
  if (!file || !holds(message, file) || file.kind !== type) throw new ApiRefusal(234003, "File not in message.");
  if (file.bytes.length > limits.DOWNLOAD_BYTES_MAX)
    throw new ApiRefusal(234037, "Downloaded file size exceeds limit.");
  return download(file);
}

const holds = (message: Message, file: StoredFile): boolean => message.content.includes(`"${file.key}"`);

const download = ({ kind, type, name, bytes }: StoredFile): ApiAnswer => ({
  kind: "bytes",
  bytes,
  contentType: kind === "image" ? `image/${type}` : "application/octet-stream",
  fileName: name === "" ? `image.${type}` : name,
});

export const fileOperations: readonly Operation[] = [
  {
    name: "image.upload",
    method: "POST",
    address: "/open-apis/im/v1/images",
    scopes: ["im:resource", "im:resource:upload"],
    handle: uploadImage,
  },
  {
    name: "file.upload",
    method: "POST",
    address: "/open-apis/im/v1/files",
    scopes: ["im:resource", "im:resource:upload"],
    handle: uploadFile,
  },
  {
    name: "image.get",
    method: "GET",
    address: "/open-apis/im/v1/images/:image_key",
    scopes: ["im:resource"],
    handle: ownFile("image", "image_key"),
  },
  {
    name: "file.get",
    method: "GET",
    address: "/open-apis/im/v1/files/:file_key",
    scopes: ["im:resource"],
    handle: ownFile("file", "file_key"),
  },
  {
    name: "resource.get",
    method: "GET",
    address: "/open-apis/im/v1/messages/:message_id/resources/:file_key",
    scopes: ["im:message", "im:message:readonly", "im:message.history:readonly"],
    handle: messageResource,
  },
];
