// A growing answer for Slack's streaming methods: what may be appended, and when to stop one stream and start the next. Slack
// refuses a stream at about 11 kB, so it rolls at 9.

import { advanceStream, type StreamAdvance, type StreamRules, type StreamState } from "../../shared/markdown-stream.ts";
import { type SlackOptions, slackMarkdown } from "./slack-text.ts";

const STREAM_BYTES_MAX = 9_000;

/** The pieces in order; one with a higher `message` begins a new stream. With `isWhole` all that was held back comes too. */
export function planStream(text: string, state: StreamState, options: SlackOptions, isWhole: boolean): StreamAdvance {
  const rules: StreamRules = {
    dress: slackMarkdown(options),
    size: STREAM_BYTES_MAX,
    measure: (part) => Buffer.byteLength(part),
    tables: Number.POSITIVE_INFINITY,
  };
  return advanceStream(text, state, rules, isWhole);
}
