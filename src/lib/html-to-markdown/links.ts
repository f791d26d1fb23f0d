// Links as they may stand in the text: absolute, and only of kinds that lead to a page or a person.

const LINK_CHARS_MAX = 2_000;
const KINDS = ["http:", "https:", "mailto:"];

/** Undefined: there is nothing to link to. A place in the same page is none. */
export function absoluteLink(href: string, base: string): string | undefined {
  if (href.length > LINK_CHARS_MAX || href.startsWith("#")) return undefined;
  const url = URL.parse(href, base);
  if (!url || !KINDS.includes(url.protocol) || url.href.length > LINK_CHARS_MAX) return undefined;
  return url.href.replaceAll("(", "%28").replaceAll(")", "%29");
}
