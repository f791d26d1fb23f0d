// Words that only one person sees: the answer to a command, to a press, to the stop button. Said at the address Slack gave for it, or
// as an ephemeral message. Saying one twice does no harm, so it is never looked up.

import { z } from "zod";
import type { SendOutcome } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import type { Delivery } from "../../../core/delivery.ts";
import type { Json } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import { languageOf } from "../../../core/user-text.ts";
import { replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";

const whisperPlace = replyPlace.pick({ team: true, channel: true, user: true }).extend({
  isWhisper: z.literal(true),
  /** Where Slack wants the answer; good for half an hour. */
  responseUrl: z.string().nullable(),
  /** The thread it is shown in. */
  shownIn: z.string().nullable(),
});

export type WhisperPlace = z.infer<typeof whisperPlace>;

export const whisperPlaceOf = (replyTo: Json): WhisperPlace | undefined => whisperPlace.safeParse(replyTo).data;

export interface Whispers {
  say(place: WhisperPlace, text: string, signal: AbortSignal): Promise<SendOutcome>;
}

export interface WhisperParts {
  readonly api: SlackApi;
  readonly apiUrl: string;
  readonly log: Log;
}

const SAY_MS_MAX = 10_000;

export function createWhispers({ api, apiUrl, log }: WhisperParts): Whispers {
  const apiOrigin = new URL(apiUrl).origin;

  const isSlacks = (address: URL): boolean =>
    address.origin === apiOrigin || (address.protocol === "https:" && address.hostname === "hooks.slack.com");

  async function answerAt(url: string, text: string, signal: AbortSignal): Promise<boolean> {
    const address = URL.parse(url);
    if (!address || !isSlacks(address)) return false;
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(SAY_MS_MAX)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      log.debug("an answer address did not work", { error });
      return false;
    }
  }

  return {
    say: async ({ channel, user, responseUrl, shownIn }, text, signal) => {
      const shown = escaped(text);
      if (responseUrl !== null && (await answerAt(responseUrl, shown, signal))) return { status: "sent", receipt: {} };
      const thread = shownIn === null ? {} : { thread_ts: shownIn };
      try {
        await api.call("chat.postEphemeral", { channel, user, text: shown, ...thread }, { signal });
        return { status: "sent", receipt: {} };
      } catch (error) {
        if (!(error instanceof SlackFailure)) return { status: "uncertain", reason: "the call broke off" };
        const { kind, code, retryAfterMs } = error;
        if (kind === "refused") return { status: "refused", reason: code };
        return { status: "retry", reason: code, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
      }
    },
  };
}

/** A whisper is words alone: it brings no file and calls nobody. */
export function whispered({ text, file, mention }: Pick<Delivery, "text" | "file" | "mention">): string {
  if (mention) return `@${mention.name} ${text}`;
  return file ? [text, chatText("fileNotHere", languageOf(text), file.name)].join("\n").trim() : text;
}

/** As Slack wants plain words: nothing in them is markup that calls anybody. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
