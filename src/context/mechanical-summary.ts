// A narrative without a model: the first request, what the last replies said, and the earlier narrative shortened. Plain, but it
// always works and always shrinks.

import type { Step } from "../core/step.ts";
import type { Speak } from "./conversation.ts";
import { safeSlice } from "./view.ts";

const FIRST_CHARS = 800;
const REPLY_CHARS = 600;
const REPLIES = 2;

export function mechanicalSummary(before: string, steps: readonly Step[], speak: Speak, charsMax: number): string {
  const first = steps.find(({ body }) => body.kind === "said")?.body;
  const replies = steps.flatMap(({ body }) =>
    body.kind === "reply" && body.text.trim() !== "" ? [body.text.trim()] : [],
  );
  const last = replies.slice(-REPLIES).map((reply) => `Assistant said: ${safeSlice(reply, REPLY_CHARS)}`);
  const start =
    before === "" && first?.kind === "said"
      ? `First request: ${safeSlice(speak(first), FIRST_CHARS)}`
      : safeSlice(before, Math.floor(charsMax / 2));
  return safeSlice([start, ...last].filter((part) => part !== "").join("\n"), charsMax);
}
