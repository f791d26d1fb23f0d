// Markdown to safe HTML, block by block: no raw HTML, no images, no styles, links only to http, https and mailto.
// markdown-it is handed in, so that the page takes it from the server and a test from its package.

/** @typedef {{ copy: string }} MarkdownWords */
/** @typedef {import("markdown-it").MarkdownIt} Markdown */

const SAFE_LINK = /^(?:https?:\/\/|mailto:)[^\s]/i;
/** Han, kana, hangul and their punctuation: no spaces stand between these words, so `**` must open and close beside them. */
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
const LANGUAGE_CHARS_MAX = 24;

/**
 * @param {typeof import("markdown-it").default} MarkdownIt
 * @param {MarkdownWords} words
 * @returns {(text: string) => string[]} the HTML of each block of the text
 */
export function createMarkdown(MarkdownIt, words) {
  const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false });
  // Only what is written as a link becomes one: "README.md" and "main.rs" are no addresses.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  markdown.validateLink = (url) => SAFE_LINK.test(url.trim());
  markdown.core.ruler.push("safe_links", (state) => {
    for (const token of state.tokens) if (token.children) token.children = safeInline(state.Token, token.children);
  });
  emphasiseBesideCjk(markdown);

  const { escapeHtml } = markdown.utils;
  const code = (/** @type {string} */ text, /** @type {string} */ language) =>
    `<div class="code"><div class="code-bar"><span>${escapeHtml(language.slice(0, LANGUAGE_CHARS_MAX))}</span>` +
    `<button type="button" class="quiet copy" data-copy="code">${escapeHtml(words.copy)}</button></div>` +
    `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre></div>\n`;
  const { rules } = markdown.renderer;
  rules.fence = (tokens, index) => code(tokens[index]?.content ?? "", tokens[index]?.info.trim().split(/\s/)[0] ?? "");
  rules.code_block = (tokens, index) => code(tokens[index]?.content ?? "", "");
  rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
  rules.table_close = () => "</table></div>\n";
  rules.th_open = (tokens, index) => `<th${alignment(tokens[index])}>`;
  rules.td_open = (tokens, index) => `<td${alignment(tokens[index])}>`;

  return (text) => {
    const env = {};
    const blocks = [];
    let tokens = [];
    let depth = 0;
    for (const token of markdown.parse(text, env)) {
      tokens.push(token);
      depth += token.nesting;
      if (depth > 0) continue;
      blocks.push(markdown.renderer.render(tokens, markdown.options, env));
      tokens = [];
    }
    return blocks;
  };
}

/** markdown-it aligns cells with a style attribute, which our content policy forbids.
 * @param {import("markdown-it").Token | undefined} token */
function alignment(token) {
  const side = /text-align:(left|center|right)/.exec(String(token?.attrGet("style")))?.[1];
  return side ? ` class="${side}"` : "";
}

/**
 * Links leave the page without a trace of it; a picture becomes a link to itself, or its words where it is in a link.
 * @param {import("markdown-it").StateCore["Token"]} Token
 * @param {import("markdown-it").Token[]} children
 */
function safeInline(Token, children) {
  let inLink = false;
  return children.flatMap((token) => {
    if (token.type === "link_open") {
      inLink = true;
      return [asOutside(token)];
    }
    if (token.type === "link_close") inLink = false;
    if (token.type !== "image") return [token];
    const text = new Token("text", "", 0);
    const address = String(token.attrGet("src") ?? "");
    text.content = token.content || address;
    if (inLink) return [text];
    const open = new Token("link_open", "a", 1);
    open.attrSet("href", address);
    return [asOutside(open), text, new Token("link_close", "a", -1)];
  });
}

/** @param {import("markdown-it").Token} link */
function asOutside(link) {
  link.attrSet("rel", "noopener noreferrer nofollow");
  link.attrSet("target", "_blank");
  return link;
}

/**
 * CommonMark lets `**` after punctuation close only before a space; Chinese and Japanese have none: `**注意：**请看`.
 * @param {Markdown} markdown
 */
function emphasiseBesideCjk(markdown) {
  const State = markdown.inline.State;
  markdown.inline.State = class extends State {
    /** @override @param {number} start @param {boolean} canSplitWord */
    scanDelims(start, canSplitWord) {
      const found = super.scanDelims(start, canSplitWord);
      if (!canSplitWord) return found;
      const before = Array.from(this.src.slice(Math.max(0, start - 2), start)).at(-1) ?? " ";
      const after = Array.from(this.src.slice(start + found.length, start + found.length + 2))[0] ?? " ";
      return {
        ...found,
        can_open: found.can_open || (CJK.test(before) && !/\s/.test(after)),
        can_close: found.can_close || (CJK.test(after) && !/\s/.test(before)),
      };
    }
  };
}
