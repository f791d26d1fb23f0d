// How Slack writes what is in a leaf: as Markdown for its `markdown` block and its streams, and as mrkdwn for plain messages.
// Nobody is called but who may be; it holds in code too, since Slack looks for `<!channel>` before it looks for code.

import { type InlineWriter, JOINER } from "../../shared/markdown-inline.ts";
import type { Leaf } from "../../shared/markdown-leaves.ts";
import type { Dress } from "../../shared/markdown-pack.ts";

export interface SlackOptions {
  /** The ids of users that this answer may call by `<@U...>`; all others are shown as text. */
  readonly mayMention: ReadonlySet<string>;
}

export function slackMarkdown({ mayMention }: SlackOptions): Dress {
  const inline: InlineWriter = {
    plain: (text) => text,
    escaped: (character) => `\\${character}${/[<@]/.test(character) ? JOINER : ""}`,
    code: withoutCalls,
    mention: (text) => (mayMention.has(userOf(text)) ? text : undefined),
    link: (label, url) => `[${label}](${url})`,
    address: (url) => `<${url}>`,
    less: `<${JOINER}`,
  };
  return { inline, code: withoutCalls, leaf: (leaf) => leaf };
}

/** For text that `slackMarkdown` wrote: who is still called in it may be. */
export function slackMrkdwn(): Dress {
  const code = (text: string) => escapeEntities(withoutCalls(text));
  const inline: InlineWriter = {
    plain: (text) => escapeEntities(text).replaceAll("**", "*").replaceAll("~~", "~"),
    escaped: (character) => escapeEntities(character) + JOINER,
    code,
    mention: (text) => (text.startsWith("<@") ? text : undefined),
    link: (label, url) => `${label} (${escapeEntities(url)})`,
    address: (url) => `<${escapeEntities(url)}>`,
    less: `&lt;${JOINER}`,
  };
  return { inline, code, leaf: asMrkdwn };
}

/** No headings and no languages of code in mrkdwn. */
function asMrkdwn(leaf: Leaf): Leaf {
  // The words of a link are bare here: `@[here](https://...)` must not become a call.
  const text = withoutWords(leaf.text);
  if (leaf.kind === "code") return { ...leaf, text, mark: "" };
  if (leaf.kind !== "heading") return { ...leaf, text };
  return { ...leaf, kind: "text", text: text.includes("*") || text === "" ? text : `*${text}*` };
}

const userOf = (mention: string): string => /^<@([A-Z0-9]+)/.exec(mention)?.[1] ?? "";

const CALL_START = /(<|&(?:#0*60|#x0*3c|lt);)(?=[!@\\&])/gi;

const withoutWords = (text: string): string => text.replace(/@(?=here|channel|everyone)/gi, `@${JOINER}`);

const withoutCalls = (text: string): string => withoutWords(text.replace(CALL_START, `$1${JOINER}`));

const escapeEntities = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
