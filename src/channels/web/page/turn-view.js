// One turn on the page: the person's messages, the answer, the tools between, its lamp on the line, and how it ended.

import { createAsideView } from "./aside-view.js";
import { isBeside, isOpen } from "./conversation.js";
import { createBlocks, createList, element, icon, setText } from "./dom.js";

/** @import { Entry, Turn } from "./conversation.d.ts" */
/** @import { View } from "./dom.js" */
/** @import { Words } from "./words.js" */
/** @typedef {{ words: Words, markdown: (text: string) => string[] }} Look */
/** @typedef {{ turn: Turn, stopping: boolean, showSender: boolean, progress: string }} TurnValue */

const DETAIL_CHARS_MAX = 20_000;
const HINT_CHARS_MAX = 120;

/** @param {Look} look @returns {View<TurnValue>} */
export function createTurnView({ words, markdown }) {
  const lamp = element("span", { class: "lamp", role: "img" });
  const body = element("div", { class: "turn-body" });
  const status = element("p", { class: "turn-status" });
  const copy = element("button", { type: "button", class: "quiet copy", "data-copy": "answer" }, words.copyAnswer);
  const again = element("button", { type: "button", class: "quiet", "data-resend": "" }, words.sendAgain);
  const halt = element("button", { type: "button", class: "quiet", "data-cancel": "" }, words.stop);
  const tail = element("div", { class: "turn-tail" }, status, halt, again, copy);
  const node = element("li", { class: "turn" }, lamp, body, tail);
  let sendersShown = false;
  const showEntries = createList(body, (/** @type {Entry} */ entry) => {
    if (entry.kind === "message") return createMessageView(words, () => sendersShown);
    if (entry.kind === "agent") return createAgentView();
    if (entry.kind === "approval") return createApprovalView(markdown, words);
    if (entry.kind === "aside") return createAsideView();
    return entry.kind === "text" ? createTextView(markdown) : createToolView(words);
  });
  /** @type {TurnValue | undefined} */
  let shown;

  return {
    node,
    update(value) {
      const { turn, stopping, showSender, progress } = value;
      const isSame = shown?.turn === turn && shown.stopping === stopping && shown.progress === progress;
      if (isSame && sendersShown === showSender) return;
      shown = value;
      sendersShown = showSender;
      showEntries(keyed(turn));
      const line = statusLine(words, value);
      node.dataset.state = turn.state;
      node.dataset.task = turn.taskId;
      lamp.setAttribute("aria-label", line || turn.state);
      setText(status, line);
      status.hidden = line === "";
      status.title = turn.error ?? "";
      copy.hidden = turn.state !== "done" || !turn.entries.some((entry) => entry.kind === "text");
      halt.hidden = stopping || !isBeside(turn) || !isOpen(turn);
      halt.dataset.cancel = turn.taskId;
      again.hidden = turn.state !== "refused";
      again.dataset.resend = turn.taskId;
      tail.hidden = halt.hidden && again.hidden && status.hidden && copy.hidden;
    },
  };
}

/** Texts have no id of their own: the first stays the first, whatever comes between. @param {Turn} turn */
function keyed(turn) {
  let texts = 0;
  return turn.entries.map((entry) => {
    if (entry.kind === "message") return /** @type {const} */ ([`message ${entry.messageId}`, entry]);
    if (entry.kind === "tool") return /** @type {const} */ ([`tool ${entry.callId}`, entry]);
    if (entry.kind === "agent") return /** @type {const} */ (["agent", entry]);
    if (entry.kind === "approval") return /** @type {const} */ ([`approval ${entry.approvalId}`, entry]);
    if (entry.kind === "aside") return /** @type {const} */ ([`aside ${entry.asideId}`, entry]);
    texts += 1;
    return /** @type {const} */ ([`text ${texts}`, entry]);
  });
}

/** @type {(words: Words, value: TurnValue) => string} */
function statusLine(words, { turn, stopping, progress }) {
  switch (turn.state) {
    case "waiting":
      return stopping ? words.stopping : words.starting;
    case "running": {
      if (stopping) return words.stopping;
      if (isBeside(turn)) return progress.replaceAll("`", "") || words.working;
      const last = turn.entries.at(-1);
      if (turn.entries.some((entry) => entry.kind === "approval" && entry.decided === undefined)) return words.asking;
      const isVisiblyBusy =
        (last?.kind === "text" && last.open) || (last?.kind === "tool" && last.status === undefined);
      return isVisiblyBusy ? "" : turn.attempt > 1 && last?.kind !== "tool" ? words.resumed : words.working;
    }
    case "failed":
      return said(words.failed, turn.outcome);
    case "refused":
      return said(words.refusedMessage, turn.outcome);
    case "cancelled":
      return said(words.cancelled, turn.outcome);
    default:
      return "";
  }
}

/** "Stopped" and "Stopped." need not both be said. @type {(word: string, sentence: string | undefined) => string} */
function said(word, sentence) {
  if (!sentence) return word;
  return sentence.startsWith(word) ? sentence : `${word} · ${sentence}`;
}

/** @type {(words: Words, showSender: () => boolean) => View<Entry>} */
function createMessageView(words, showSender) {
  const sender = element("span", { class: "sender" });
  const text = element("div", { class: "message-text", dir: "auto" });
  const note = element("span", { class: "message-note" });
  const node = element("div", { class: "message" }, sender, text, note);
  return {
    node,
    update(entry) {
      if (entry.kind !== "message") return;
      setText(text, entry.text);
      setText(sender, entry.sender);
      sender.hidden = !showSender();
      setText(note, words.images(entry.images));
      note.hidden = entry.images === 0;
      if (entry.at !== undefined) node.title = new Date(entry.at).toLocaleString();
    },
  };
}

/** @type {() => View<Entry>} */
function createAgentView() {
  const name = element("strong", {});
  const goal = element("span", { dir: "auto" });
  const node = element("p", { class: "agent" }, name, " ", goal);
  return {
    node,
    update(entry) {
      if (entry.kind !== "agent") return;
      setText(name, `@${entry.agent}`);
      setText(goal, oneLine(JSON.stringify(entry.goal)));
    },
  };
}

/** @type {(markdown: Look["markdown"]) => View<Entry>} */
function createTextView(markdown) {
  const prose = element("div", { class: "prose", dir: "auto" });
  const node = element("div", { class: "answer" }, prose);
  const showBlocks = createBlocks(prose);
  /** @type {string | undefined} */
  let shown;
  return {
    node,
    update(entry) {
      if (entry.kind !== "text") return;
      if (shown !== entry.text) showBlocks(markdown(entry.text));
      shown = entry.text;
      node.classList.toggle("unfinished", entry.unfinished === true);
    },
  };
}

/** @type {(markdown: Look["markdown"], words: Words) => View<Entry>} */
function createApprovalView(markdown, words) {
  const prose = element("div", { class: "prose", dir: "auto" });
  const buttons = element("div", { class: "approval-buttons" });
  const decided = element("p", { class: "approval-decided" });
  const node = element("section", { class: "approval", "aria-label": words.asking }, prose, buttons, decided);
  const showBlocks = createBlocks(prose);
  let isMade = false;
  return {
    node,
    update(entry) {
      if (entry.kind !== "approval") return;
      if (!isMade) {
        showBlocks(markdown(entry.text));
        for (const { id, kind, label } of entry.buttons)
          buttons.append(element("button", { type: "button", "data-press": id, "data-kind": kind }, label));
        isMade = true;
      }
      buttons.hidden = entry.decided !== undefined;
      setText(decided, (entry.decided ?? "").replaceAll("`", ""));
      decided.hidden = entry.decided === undefined;
    },
  };
}

/** @type {(words: Words) => View<Entry>} */
function createToolView(words) {
  const name = element("code", { class: "tool-name" });
  const hint = element("span", { class: "tool-hint" });
  const status = element("span", { class: "tool-status" });
  const args = element("pre", { tabindex: "0" });
  const result = element("pre", { tabindex: "0" });
  const resultPart = element("div", {}, element("h3", {}, words.toolResult), result);
  const node = element(
    "details",
    { class: "tool" },
    element("summary", {}, icon("chevron"), name, hint, status),
    element("div", { class: "tool-body" }, element("h3", {}, words.toolArguments), args, resultPart),
  );
  return {
    node,
    update(entry) {
      if (entry.kind !== "tool") return;
      setText(name, entry.name);
      setText(hint, oneLine(entry.arguments));
      node.dataset.status = entry.status ?? "running";
      setText(status, entry.status === undefined ? words.toolRunning : statusWord(words, entry.status));
      setText(args, indented(entry.arguments));
      setText(result, (entry.summary ?? "").slice(0, DETAIL_CHARS_MAX));
      resultPart.hidden = !entry.summary;
    },
  };
}

/** @type {(words: Words, status: string) => string} */
const statusWord = (words, status) => Object.entries(words.toolStatus).find(([name]) => name === status)?.[1] ?? status;

/** The values alone tell enough while the row is folded. @type {(json: string) => string} */
function oneLine(json) {
  const value = parsed(json);
  const values = typeof value === "object" && value !== null ? Object.values(value) : [value];
  const text = values.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" · ");
  return Array.from(text.slice(0, 2 * HINT_CHARS_MAX).replace(/\s+/g, " "))
    .slice(0, HINT_CHARS_MAX)
    .join("");
}

/** @type {(json: string) => string} */
function indented(json) {
  const value = parsed(json);
  return (typeof value === "string" ? value : JSON.stringify(value, null, 2)).slice(0, DETAIL_CHARS_MAX);
}

/** What is no JSON is shown as it is. @type {(json: string) => unknown} */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
