// An answer as the messages it becomes: the same parts for every try, each with a mark by which it is known again, and for each the
// ladder of ways to say it, because a refused card shows people nothing.

import { createHash } from "node:crypto";
import type { ShownButton } from "../../../core/button.ts";
import type { Delivery } from "../../../core/delivery.ts";
import type { Sender } from "../../../core/message.ts";
import {
  compileFeishu,
  type FeishuCard,
  type FeishuFile,
  type FeishuPart,
  feishuAnswer,
  feishuFile,
  feishuPost,
  feishuText,
} from "../render/compile-feishu.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { buttonValue } from "./live-card-face.ts";

export interface AnswerPart extends Omit<FeishuPart, "card"> {
  readonly card: object;
  readonly name: string;
  /** Begins the ids of the card's elements. */
  readonly mark: string;
}

export interface Answer {
  readonly parts: readonly AnswerPart[];
  /** The whole of it, of which the parts are only the beginning. */
  readonly file: FeishuFile | undefined;
  /** What the file holds and the parts do not: for where no file may be sent. */
  readonly rest: () => readonly AnswerPart[];
}

export type Rung = "card" | "post" | "text";
export const RUNGS: readonly Rung[] = ["card", "post", "text"];

const SUMMARY_CHARS_MAX = 60;
const MARK_HEX = 12;

type Said = Pick<Delivery, "key" | "text" | "buttons" | "kind" | "mention">;

/** Named: it begins with the person who asked, who is thereby called. */
export function answerOf(said: Said, place: ReplyPlace, isNamed: boolean): Answer {
  const { key, text, buttons = [] } = said;
  // A file needs no words.
  if (said.kind === "file" && text === "") return { parts: [], file: undefined, rest: () => [] };
  const called = said.mention ? openIdOf(said.mention) : isNamed ? place.user : undefined;
  const name = called === undefined && said.mention ? `@${said.mention.name}\n\n` : "";
  const markdown = called === undefined ? name + text : `<at id=${called}></at>\n\n${text}`;
  const options = { mayMention: mayMentionIn(said, place, called), summary: summaryOfText(text) };
  const { parts, file } = feishuAnswer(markdown, options);
  const named = (part: FeishuPart, index: number): AnswerPart & Pick<FeishuPart, "card"> => {
    const mark = markOf(key, index);
    return { name: String(index), mark, card: marked(part.card, mark), markdown: part.markdown };
  };
  const last = parts.length - 1;
  return {
    parts: parts.map(named).map((part, index) => (index === last ? withButtons(part, buttons) : part)),
    file,
    rest: () => compileFeishu(markdown, options).map(named).slice(parts.length),
  };
}

/** An answer may name who asked; what is said beside it only the one it is for. */
function mayMentionIn({ kind }: Said, { user }: ReplyPlace, called: string | undefined): ReadonlySet<string> {
  if (kind === "file" || kind === "mention") return new Set(called === undefined ? [] : [called]);
  return new Set([user]);
}

const PERSON = /^feishu:(ou_\w+)$/;

/** Undefined for people of other organisations, and for bots. */
const openIdOf = ({ id }: Sender): string | undefined => PERSON.exec(id)?.[1];

/** A form that has no buttons still has the text, which names the commands that do the same. */
function withButtons(part: AnswerPart & Pick<FeishuPart, "card">, buttons: readonly ShownButton[]): AnswerPart {
  if (buttons.length === 0) return part;
  const row = buttons.map((button, index) => buttonElement(button, `${part.mark}_b${index}`));
  return { ...part, card: { ...part.card, body: { elements: [...part.card.body.elements, ...row] } } };
}

const STYLES: Readonly<Record<ShownButton["kind"], string>> = { stop: "default", approve: "primary", deny: "danger" };

const buttonElement = ({ id, kind, label }: ShownButton, elementId: string) => ({
  tag: "button",
  element_id: elementId,
  type: STYLES[kind],
  text: { tag: "plain_text", content: label },
  behaviors: [{ type: "callback", value: buttonValue(id) }],
});

/** What the list of chats shows of it. */
export const summaryOfText = (text: string): string =>
  [...text.replace(/[#*_`>|~\s]+/g, " ").trim()].slice(0, SUMMARY_CHARS_MAX).join("") || "…";

export const markOf = (...of: readonly (string | number)[]): string =>
  `m${createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, MARK_HEX)}`;

function marked(card: FeishuCard, mark: string): FeishuCard {
  const elements = card.body.elements.map((element, index) => ({ ...element, element_id: `${mark}_${index}` }));
  return { ...card, body: { elements } };
}

/** The message of a rung. */
export function rungContent(part: AnswerPart, rung: Rung): { type: "interactive" | "post" | "text"; content: unknown } {
  switch (rung) {
    case "card":
      return { type: "interactive", content: part.card };
    case "post":
      return { type: "post", content: feishuPost(part) };
    case "text":
      return { type: "text", content: feishuText(part) };
  }
}

/** The last rung of one part. */
export const partFile = (part: AnswerPart): FeishuFile => ({
  ...feishuFile(part.markdown),
  filename: `${part.mark}.md`,
});
