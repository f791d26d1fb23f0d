// What was said beside the answer: a file to be saved, a picture also shown, or words to one person.

import { element, setText } from "./dom.js";

/** @import { Entry } from "./conversation.d.ts" */
/** @import { View } from "./dom.js" */

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** @type {() => View<Entry>} */
export function createAsideView() {
  const words = element("p", { class: "aside-words", dir: "auto" });
  const node = element("figure", { class: "aside" }, words);
  let isMade = false;
  return {
    node,
    update(entry) {
      if (entry.kind !== "aside") return;
      setText(words, entry.person === undefined ? entry.text : `@${entry.person} ${entry.text}`);
      words.hidden = words.textContent === "";
      if (isMade || !entry.file) return;
      isMade = true;
      const { name, mediaType, bytes, url } = entry.file;
      const save = { href: url, download: name };
      if (PICTURES.includes(mediaType))
        node.append(element("a", save, element("img", { src: url, alt: name, loading: "lazy" })));
      node.append(element("figcaption", {}, element("a", save, name), ` ${sizeOf(bytes)}`));
    },
  };
}

/** @param {number} bytes */
const sizeOf = (bytes) =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
