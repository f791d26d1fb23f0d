// One message that is not being worked on yet: waiting in the line, on its way to the server, or turned away on that way.

import { element, setText } from "./dom.js";

/** @import { View } from "./dom.js" */
/** @import { Words } from "./words.js" */
/**
 * @typedef {object} PendingValue
 * @property {string} key the id of its task while it waits, else of its place in the outbox
 * @property {string} text
 * @property {"waiting" | "sending" | "unsent" | "refused" | "stopping"} state
 * @property {number} [before] how many turns are before it in the line
 * @property {string} [reason] why it was refused
 */

/** @param {Words} words @returns {View<PendingValue>} */
export function createPendingView(words) {
  const text = element("div", { class: "message-text", dir: "auto" });
  const status = element("p", { class: "turn-status" });
  const withdraw = element("button", { type: "button", class: "quiet" }, words.withdraw);
  const again = element("button", { type: "button", class: "quiet" }, words.sendAgain);
  const edit = element("button", { type: "button", class: "quiet" }, words.edit);
  const discard = element("button", { type: "button", class: "quiet" }, words.discard);
  const node = element(
    "li",
    { class: "turn pending" },
    element("span", { class: "lamp", "aria-hidden": "true" }),
    element("div", { class: "turn-body" }, element("div", { class: "message" }, text)),
    element("div", { class: "turn-tail" }, status, withdraw, again, edit, discard),
  );
  return {
    node,
    update(value) {
      const { key, state } = value;
      node.dataset.state = state;
      setText(text, value.text);
      text.title = value.text;
      setText(status, statusLine(words, value));
      withdraw.dataset.cancel = key;
      again.dataset.again = key;
      edit.dataset.edit = key;
      discard.dataset.discard = key;
      withdraw.hidden = state !== "waiting";
      again.hidden = state !== "refused";
      edit.hidden = state !== "unsent" && state !== "refused";
      discard.hidden = edit.hidden;
    },
  };
}

/** @type {(words: Words, value: PendingValue) => string} */
function statusLine(words, { state, before = 0, reason }) {
  switch (state) {
    case "waiting":
      return words.waiting(before);
    case "stopping":
      return words.stopping;
    case "sending":
      return words.sending;
    case "unsent":
      return words.notSentYet;
    case "refused":
      return `${words.refusedMessage} · ${reason ?? ""}`;
  }
}
