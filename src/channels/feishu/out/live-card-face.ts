// How a card looks while its answer is being written: the text so far, a line about what is being done, a button to stop it.

import type { ToolProgress } from "../../shared/progress.ts";
import { cardOf, type FeishuCard } from "../render/compile-feishu.ts";
import { STREAM_ELEMENT_ID, streamCard } from "../render/stream-feishu.ts";

export interface StopButton {
  /** The opaque id that a press hands back. */
  readonly button: string;
  /** The button's element, by which the card is known again. */
  readonly mark: string;
}

/** Without words, so that it is right in every language. */
const STOP_LABEL = "■";
const NOTHING_YET = "…";

/** What a press of a button carries: `in` reads it. */
export const buttonValue = (button: string) => ({ signalbox: button });

/** What stands in the card now; never empty, which the platform would not take. */
export function shownText(text: string, activity: string): string {
  const shown = [text, activity].filter((part) => part !== "").join("\n\n");
  return shown === "" ? NOTHING_YET : shown;
}

/** The tools that run. */
export function activityOf(tools: readonly ToolProgress[]): string {
  const running = tools
    .filter((tool) => tool.status === "running")
    .map((tool) => `\`${tool.name.replaceAll("`", "")}\``);
  return running.length === 0 ? "" : `🔧 ${running.join(" ")}`;
}

export function liveFace(shown: string, stop: StopButton | undefined, isStreaming: boolean) {
  const card = isStreaming ? streamCard({ summary: NOTHING_YET, content: shown }) : plainFace(shown);
  return { ...card, body: { elements: [...card.body.elements, ...(stop ? [stopElement(stop)] : [])] } };
}

/** The same without what ends with the work. */
export const plainFace = (shown: string): FeishuCard => {
  const card = cardOf([shown], undefined);
  return { ...card, body: { elements: card.body.elements.map((one) => ({ ...one, element_id: STREAM_ELEMENT_ID })) } };
};

const stopElement = ({ button, mark }: StopButton) => ({
  tag: "button",
  element_id: mark,
  type: "default",
  size: "small",
  text: { tag: "plain_text", content: STOP_LABEL },
  behaviors: [{ type: "callback", value: buttonValue(button) }],
});
