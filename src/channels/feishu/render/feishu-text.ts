// How Feishu writes what is in a leaf: a literal mark is an entity, a picture a link, and nobody is called but who may be; that
// holds in code too.

import { type InlineWriter, JOINER } from "../../shared/markdown-inline.ts";
import type { Dress } from "../../shared/markdown-pack.ts";

export interface FeishuOptions {
  /** The open_ids that this answer may call by `<at id=ou_...></at>`; all others are shown as text. */
  readonly mayMention: ReadonlySet<string>;
}

export function feishuMarkdown({ mayMention }: FeishuOptions): Dress {
  const inline: InlineWriter = {
    // A run of backticks that is no code would begin a fence where an entity behind it was a mark that forbade one.
    plain: (text) => text.replace(BACKTICKS, (run) => "&#96;".repeat(run.length)),
    escaped: (character) => `&#${character.charCodeAt(0)};${/[<@]/.test(character) ? JOINER : ""}`,
    code: withoutCalls,
    mention: (text) => {
      const id = ID.exec(text)?.[1] ?? "";
      return id !== "all" && mayMention.has(id) ? `<at id=${id}></at>` : undefined;
    },
    link: (label, url) => `[${label}](${url})`,
    address: (url) => url,
    less: `&#60;${JOINER}`,
  };
  return { inline, code: withoutCalls, leaf: (leaf) => leaf };
}

const BACKTICKS = /`{3,}/g;
const ID = /^<at (?:user_)?id=["']?([\w-]+)/i;
const MENTION = /<at id=([\w-]+)><\/at>/g;
const MARK_ENTITY = /&#(\d{2,3});/g;
const MARK = /[!-/:-@[-`{-~]/;

const CALL_START = /(<|&(?:#0*60|#x0*3c|lt);)(?=\/?(?:at|person)\b)/gi;

const withoutAll = (text: string): string => text.replace(/@(?=_all)/gi, `@${JOINER}`);

const withoutCalls = (text: string): string => withoutAll(text.replace(CALL_START, `$1${JOINER}`));

/** Posts and texts name the attribute otherwise than cards. */
export const withUserIds = (markdown: string): string => markdown.replace(MENTION, '<at user_id="$1"></at>');

/** Entities are read in Markdown only; a decoded `<` or `@` is kept from beginning a mention. */
export const withoutEntities = (markdown: string): string =>
  withoutAll(
    markdown.replace(MARK_ENTITY, (entity, code: string) => {
      const character = String.fromCharCode(Number(code));
      if (!MARK.test(character)) return entity;
      return /[<@]/.test(character) ? character + JOINER : character;
    }),
  );
