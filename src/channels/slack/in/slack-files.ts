// Files that come with messages: referred to when the message is stored, fetched when it is worked; with our token only from Slack's
// own hosts, and never a page to sign in taken for the file.

import { z } from "zod";
import type { FetchedFile } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import { AppError } from "../../../core/errors.ts";
import type { FileReference } from "../../../core/message.ts";
import type { SlackSettings } from "../../../core/platform-settings.ts";
import type { SlackApi } from "../slack-api.ts";
import { type SlackFile, slackFile } from "./slack-events.ts";

export interface SlackFiles {
  /** Never fails and never waits for long: what Slack does not tell yet is looked up when the file is fetched. */
  references(files: readonly SlackFile[]): Promise<readonly FileReference[]>;
  fetchFile(file: FileReference, bytesMax: number, signal: AbortSignal): Promise<FetchedFile>;
}

export interface FilesParts {
  readonly api: SlackApi;
  readonly settings: Pick<SlackSettings, "botToken" | "apiUrl">;
  readonly clock: Clock;
}

const FILES_MAX = 50;
const LOOKUP_MS_MAX = 700;
const HOSTS = ["slack.com", "slack-files.com", "slack-edge.com"];
const REDIRECTS_MAX = 3;
const at = z.object({ id: z.string(), url: z.string().optional() });
const infoAnswer = z.object({ file: slackFile });

export function createSlackFiles({ api, settings, clock }: FilesParts): SlackFiles {
  const apiOrigin = new URL(settings.apiUrl).origin;

  /** Slack's own, or the host of the API we were told to use. */
  function isTrusted({ protocol, origin, hostname }: URL): boolean {
    if (origin === apiOrigin) return true;
    return protocol === "https:" && HOSTS.some((name) => hostname === name || hostname.endsWith(`.${name}`));
  }

  const ask = async (id: string): Promise<SlackFile> =>
    infoAnswer.parse(await api.call("files.info", { file: id }, { lane: id })).file;

  /** Over Slack Connect an event tells the id alone. */
  function complete(file: SlackFile): Promise<SlackFile> {
    if (file.file_access !== "check_file_info") return Promise.resolve(file);
    return new Promise((resolve) => {
      const cancel = clock.after(LOOKUP_MS_MAX, () => resolve(file));
      ask(file.id)
        .then(resolve, () => resolve(file))
        .finally(cancel);
    });
  }

  async function urlOf(file: FileReference): Promise<URL> {
    const { id, url } = at.parse(file.at);
    const found = url ?? urlIn(await ask(id));
    const address = found === undefined ? null : URL.parse(found);
    if (!address) throw new AppError("file-unavailable", "Slack tells no address of it");
    return address;
  }

  /** Follows redirects by itself: the token goes to no other host. */
  async function get(
    address: URL,
    signal: AbortSignal,
  ): Promise<{ readonly response: Response; readonly isRedirected: boolean }> {
    let next = address;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
      if (!isTrusted(next)) throw new AppError("file-unavailable", `${next.host} is not Slack's`);
      const response = await fetch(next, {
        headers: { authorization: `Bearer ${settings.botToken}` },
        redirect: "manual",
        signal,
      });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null)
        return { response, isRedirected: redirects > 0 };
      await response.body?.cancel();
      next = new URL(location, next);
    }
    throw new AppError("file-unavailable", "it was redirected too often");
  }

  return {
    references: async (files) => {
      const usable = files.filter(({ mode }) => mode !== "tombstone" && mode !== "hidden_by_limit").slice(0, FILES_MAX);
      return Promise.all(usable.map(async (file) => referenceOf(await complete(file))));
    },

    fetchFile: async (file, bytesMax, signal) => {
      try {
        const { response, isRedirected } = await get(await urlOf(file), signal);
        if (!response.ok) throw new AppError("file-unavailable", `Slack answers ${response.status}`);
        const mediaType = (response.headers.get("content-type") ?? file.mediaType).split(";")[0]?.trim() ?? "";
        if (mediaType === "text/html" && (isRedirected || file.mediaType !== "text/html"))
          throw new AppError("file-unavailable", "Slack shows a page to sign in: is files:read granted?");
        return { mediaType, bytes: await bytesOf(response, bytesMax) };
      } catch (error) {
        if (error instanceof AppError || signal.aborted) throw error;
        throw new AppError("file-unavailable", "it could not be fetched", { cause: error });
      }
    },
  };
}

const urlIn = (file: SlackFile): string | undefined => file.url_private_download ?? file.url_private;

function referenceOf(file: SlackFile): FileReference {
  const url = urlIn(file);
  return {
    name: file.name ?? file.id,
    mediaType: file.mimetype ?? "application/octet-stream",
    bytes: file.size ?? 0,
    at: url === undefined ? { id: file.id } : { id: file.id, url },
  };
}

async function bytesOf(response: Response, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    // Leaving the loop ends the transfer.
    if (bytes > bytesMax) throw new AppError("file-unavailable", `it is larger than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
