// What kinds of elements there are: which begin a block, which hold nothing to read, which belong to the page's main content.

import type { Part } from "./blocks.ts";

export const BLOCKS: ReadonlySet<string> = new Set(
  (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
    "h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre search section summary table tbody tfoot thead tr ul"
  ).split(" "),
);

/** Programs, pictures in code, controls, and what stands in for them. */
export const SKIPPED: ReadonlySet<string> = new Set(
  (
    "script style noscript template iframe frame object embed applet svg math canvas audio video select datalist button textarea " +
    "title"
  ).split(" "),
);

const parts: Readonly<Record<string, Part>> = {
  main: "main",
  article: "main",
  nav: "edge",
  footer: "edge",
  aside: "edge",
  navigation: "edge",
  contentinfo: "edge",
  complementary: "edge",
};

export const partOf = (name: string, attributes: Readonly<Record<string, string>>): Part | undefined =>
  parts[name] ?? parts[attributes.role ?? ""];

const UNSEEN = /(?:^|;)\s{0,10}(?:display\s{0,10}:\s{0,10}none|visibility\s{0,10}:\s{0,10}hidden)/i;
const STYLE_CHARS_LOOKED_AT = 500;

/** What a person does not see is not told to a model either. */
export const isHidden = ({ hidden, style = "", "aria-hidden": aria }: Readonly<Record<string, string>>): boolean =>
  hidden !== undefined || aria === "true" || UNSEEN.test(style.slice(0, STYLE_CHARS_LOOKED_AT));
