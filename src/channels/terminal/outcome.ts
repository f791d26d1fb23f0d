// What became of one message, and the short lines that tell of tools on the way there.

import { terminalLine } from "../../lib/terminal-text.ts";
import type { WireEvent } from "./wire-event.ts";

export interface Outcome {
  readonly state: "done" | "failed" | "cancelled";
  /** The answer, or the sentence that stands for it. */
  readonly text: string;
  readonly error?: string;
}

/** The end of this message, if the event is it: of its task, of the task it joined, or of itself where it needed none. */
export function outcomeOf(messageId: string, event: WireEvent): Outcome | undefined {
  if (event.type === "execution_complete" && event.messageIds.includes(messageId)) {
    const { state, text, error } = event;
    return { state, text, ...(error === undefined ? {} : { error }) };
  }
  if (event.type !== "message_closed" || event.messageId !== messageId) return undefined;
  const { disposition, text } = event;
  if (disposition === "answered") return { state: "done", text };
  return { state: disposition === "cancelled" ? "cancelled" : "failed", text, error: disposition };
}

/** The end of what was not done: what was said until then, and the sentence about the end, which is the last paragraph. */
export function partsOfEnd(text: string): { readonly said: string; readonly sentence: string } {
  const cut = text.lastIndexOf("\n\n");
  return cut < 0 ? { said: "", sentence: text } : { said: text.slice(0, cut), sentence: text.slice(cut + 2) };
}

const HINT_CHARS_MAX = 200;

/** `look_up  Berlin · 5`: the values of the arguments tell enough. */
export function toolStartLine(name: string, argumentsJson: string): string {
  return terminalLine(`→ ${name}  ${argumentHint(argumentsJson)}`.slice(0, HINT_CHARS_MAX));
}

export function toolEndLine(name: string, status: string, summary: string): string {
  const mark = status === "ok" ? "✓" : "✗";
  const how = status === "ok" ? "" : `${status}: `;
  return terminalLine(`${mark} ${name}  ${how}${summary}`.slice(0, HINT_CHARS_MAX));
}

/** `▣ chart.png (33 kB) http://127.0.0.1:8787/api/...`: of a server in this very process there is no address to open. */
export function fileLine(
  file: { readonly name: string; readonly bytes: number; readonly url: string },
  server?: string,
): string {
  const address = server === undefined ? "" : ` ${new URL(file.url, server).href}`;
  return terminalLine(`▣ ${file.name} (${Math.ceil(file.bytes / 1_000)} kB)${address}`);
}

function argumentHint(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    const values: readonly unknown[] = typeof value === "object" && value !== null ? Object.values(value) : [value];
    return values.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" · ");
  } catch {
    return json;
  }
}
