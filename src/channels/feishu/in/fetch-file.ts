// Fetches what came with a message when its work begins: through the message, because by key alone a bot may read its own uploads only.

import type { FetchedFile } from "../../../core/channel.ts";
import { AppError } from "../../../core/errors.ts";
import type { FileReference } from "../../../core/message.ts";
import type { FeishuApi } from "../feishu-api.ts";
import type { EarlierMessages } from "./earlier-messages.ts";
import { filePlace, imageTypeOf } from "./file-reference.ts";

export interface FetchFileParts {
  readonly api: Pick<FeishuApi, "call" | "download">;
  readonly earlier: EarlierMessages;
}

export type FetchFile = (file: FileReference, bytesMax: number, signal: AbortSignal) => Promise<FetchedFile>;

/** Throws AppError `file-unavailable`. */
export function createFetchFile({ api, earlier }: FetchFileParts): FetchFile {
  async function bytesOf(
    { at, mediaType }: FileReference,
    bytesMax: number,
    signal: AbortSignal,
  ): Promise<FetchedFile> {
    const place = filePlace.parse(at);
    if (place.kind === "resource") {
      const path = `/im/v1/messages/${encodeURIComponent(place.message)}/resources/${encodeURIComponent(place.key)}`;
      const { bytes } = await api.download(path, { type: place.type }, bytesMax, signal);
      return { mediaType: imageTypeOf(bytes) ?? mediaType, bytes };
    }
    const known = place.kind === "quoted" ? place.text : undefined;
    const text =
      known ?? (await earlier.read(place.message, (path, query) => api.call("GET", path, { query, signal })))?.text;
    if (text === undefined) throw new AppError("file-unavailable", "the message is not there any more");
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > bytesMax) throw new AppError("file-unavailable", `it is larger than ${bytesMax} bytes`);
    return { mediaType, bytes };
  }

  return async (file, bytesMax, signal) => {
    try {
      return await bytesOf(file, bytesMax, signal);
    } catch (error) {
      if (error instanceof AppError || signal.aborted) throw error;
      throw new AppError("file-unavailable", "Feishu does not hand it out", { cause: error });
    }
  };
}
