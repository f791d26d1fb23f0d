// The line Slack shows under a thread while we work ("is thinking…"). Slack takes it away when a message of ours appears there; where
// both were on their way at once they may reach Slack in either order, and then we take it away in the end.

import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { isUnknownMethod } from "./live-message.ts";

export interface ThreadStatus {
  /** False: Slack shows no status here. What is shown already is shown again only to `refresh` it. */
  show(place: ReplyPlace, text: string, refresh?: boolean): Promise<boolean>;
  /** A message of ours is sent. */
  appearing(place: ReplyPlace): void;
  /** It appeared; one that was not announced leaves open in which order. */
  appeared(place: ReplyPlace): void;
  /** What was shown last has not been taken away by a message that was on its way beside it. */
  isSure(place: ReplyPlace): boolean;
  /** `always`: an earlier process may have shown one. */
  clear(place: ReplyPlace, always?: boolean): Promise<void>;
}

/** As far as we know. */
interface Shown {
  /** Empty: Slack may have taken it away. */
  text: string;
  /** How many calls are on their way. */
  underWay: number;
  /** Our messages that are. */
  messages: number;
  /** In which order they arrived is not known: it may stand there though nothing is to be shown, or not though it is. */
  mayStand: boolean;
}

const METHOD = "assistant.threads.setStatus";
/** A status that comes later than this is none. */
const WAIT_MS_MAX = 2_000;

export function createThreadStatus(api: SlackApi): ThreadStatus {
  const threads = new Map<string, Shown>();
  let isKnown = true;

  const keyOf = ({ channel, thread }: ReplyPlace): string => `${channel} ${thread}`;

  async function set(place: ReplyPlace, status: string, waitMsMax?: number): Promise<void> {
    const { channel, thread } = place;
    const lane = { lane: keyOf(place), ...(waitMsMax === undefined ? {} : { waitMsMax }) };
    await api.call(METHOD, { channel_id: channel, thread_ts: thread, status }, lane);
  }

  return {
    show: async (place, text, refresh = false) => {
      if (!isKnown) return false;
      const key = keyOf(place);
      const shown = threads.get(key) ?? { text: "", underWay: 0, messages: 0, mayStand: false };
      if (shown.text === text && !refresh) return true;
      threads.set(key, shown);
      const before = shown.text;
      shown.text = text;
      shown.underWay += 1;
      if (shown.messages > 0) shown.mayStand = true;
      try {
        await set(place, text, WAIT_MS_MAX);
        return true;
      } catch (error) {
        isKnown = !isUnknownMethod(error);
        const isRefused = error instanceof SlackFailure && error.kind !== "uncertain";
        if (isRefused) shown.text = "";
        if (!isRefused || before !== "") shown.mayStand = true;
        return !isRefused;
      } finally {
        shown.underWay -= 1;
      }
    },
    appearing: (place) => {
      const shown = threads.get(keyOf(place));
      if (!shown) return;
      shown.messages += 1;
      if (shown.underWay > 0) shown.mayStand = true;
    },
    appeared: (place) => {
      const shown = threads.get(keyOf(place));
      if (!shown) return;
      if (shown.messages > 0) shown.messages -= 1;
      else shown.mayStand = true;
      if (shown.underWay === 0) shown.text = "";
    },
    isSure: (place) => threads.get(keyOf(place))?.mayStand === false,
    clear: async (place, always = false) => {
      const shown = threads.get(keyOf(place));
      threads.delete(keyOf(place));
      const mayStand = always || (shown !== undefined && (shown.mayStand || shown.text !== "" || shown.underWay > 0));
      if (isKnown && mayStand) await set(place, "");
    },
  };
}
