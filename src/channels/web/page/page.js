// The page's wiring: session, event stream, outbox and views. What an event means is in conversation.js, how it looks in
// line-view.js; here is only when what is done.

import { createAgentProgress } from "./agent-progress.js";
import { openStorage } from "./browser-storage.js";
import { createComposer } from "./composer.js";
import { activeTurn, isBeside, isOpen, lastSeq } from "./conversation.js";
import { createList, element, setText } from "./dom.js";
import { createLineView } from "./line-view.js";
import { createMarkdown } from "./markdown.js";
import MarkdownIt from "./markdown-it.mjs";
import { createOutbox } from "./outbox.js";
import { createPastSessions, isSessionId, newSessionId } from "./past-sessions.js";
import { answerCopying, createFollower } from "./reading.js";
import { createSessionFeed } from "./session-feed.js";
import { putWords, wordsFor } from "./words.js";

/** @import { Conversation, Turn } from "./conversation.d.ts" */
/** @import { PastSession } from "./past-sessions.js" */
/** @import { Feed } from "./session-feed.js" */

const SPOKEN_CHARS_MAX = 1000;
const SLOW_FRAME_MS = 12;
/** A long past costs nothing until somebody wants to read it. */
const TURNS_AT_ONCE = 100;
/** A stop that brings no end by then may be asked for again. */
const STOP_MS_MAX = 5000;

const words = wordsFor(navigator.language);
const clock = {
  now: () => Date.now(),
  after: (/** @type {number} */ delayMs, /** @type {() => void} */ call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** @template {HTMLElement} [Kind=HTMLElement] @param {string} id */
function part(id) {
  return /** @type {Kind} */ (document.getElementById(id));
}

putWords(document, words);

/** @type {Set<string>} */
const stopping = new Set();
/** @type {Set<string>} tasks whose end will be spoken: those that were seen under way */
let underWay = new Set();
/** @type {Map<string, string>} half-written messages by session */
const drafts = new Map();
let turnsMax = TURNS_AT_ONCE;
let isScheduled = false;
let restUntil = 0;

const storage = openStorage(() => localStorage);
const toLogin = () => location.assign("/login");
const follower = createFollower(part("scroll"), part("newest"));
const past = createPastSessions(storage, clock.now);
const showLine = createLineView(part("line"), part("ahead"), { words, markdown: createMarkdown(MarkdownIt, words) });
const showPast = createList(part("past"), (/** @type {PastSession} */ _first) => {
  const link = element("a");
  return {
    node: element("li", {}, link),
    update({ id, title }) {
      setText(link, title || words.untitled);
      link.setAttribute("href", `#${id}`);
      if (id === feed.current().session) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    },
  };
});
const outbox = createOutbox({
  storage,
  fetch: (url, init) => fetch(url, init),
  clock,
  random: Math.random,
  newId: newSessionId,
  onChange: schedule,
  onTaken: (session, messageId) => feed.expect(session, messageId),
  onLogin: toLogin,
});
const feed = createSessionFeed({
  fetch: (url, init) => fetch(url, init),
  clock,
  random: Math.random,
  onChange: schedule,
  onOpen: () => outbox.nudge(),
  onLogin: toLogin,
  onFirstWords(session, text) {
    if (!past.list().some((entry) => entry.id === session)) past.touch(session, text);
  },
});
const agents = createAgentProgress({ fetch: (url, init) => fetch(url, init), clock, onChange: schedule });
const composer = createComposer(part("composer"), part("text"), {
  onTooLong: () => say(words.tooLong),
  onSend(text) {
    const { session, conversation } = feed.current();
    const isTaken = outbox.add(session, text, lastSeq(conversation));
    if (!isTaken) return false;
    say("");
    past.touch(session, text);
    follower.toBottom();
    return true;
  },
});

/** At most one rendering a frame, and after a slow one a rest, so that a huge answer never starves the reader. */
function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  const rest = restUntil - performance.now();
  if (rest > 0) setTimeout(() => requestAnimationFrame(render), rest);
  else requestAnimationFrame(render);
}

function render() {
  isScheduled = false;
  const began = performance.now();
  const { session, conversation, connection } = feed.current();
  const active = activeTurn(conversation);
  const unsent = outbox.unsentOf(session);
  const sent = outbox.sentOf(session);
  agents.follow(conversation.turns.filter((turn) => isBeside(turn) && isOpen(turn)).map((turn) => turn.taskId));
  const { textOf: progressOf } = agents;
  const isTroubled = outbox.isTroubled();
  follower.keep(() => showLine({ conversation, turnsMax, stopping, unsent, sent, isTroubled, progressOf }));
  part("earlier").hidden = conversation.turns.length <= turnsMax;
  part("empty").hidden = conversation.turns.length + unsent.length + sent.length > 0 || connection !== "open";
  const stop = part("stop");
  stop.hidden = active === undefined;
  const isStopping = active !== undefined && stopping.has(active.taskId);
  stop.toggleAttribute("disabled", isStopping);
  stop.setAttribute("aria-label", isStopping ? words.stopping : words.stop);
  const sessions = past.list();
  showPast(sessions.map((entry) => [entry.id, entry]));
  part("no-past").hidden = sessions.length > 0;
  const title = sessions.find((entry) => entry.id === session)?.title || words.name;
  setText(part("title"), title);
  document.title = `${active ? "◦ " : ""}${title === words.name ? title : `${title} · ${words.name}`}`;
  showConnection(connection);
  speakEnds(conversation);
  const cost = performance.now() - began;
  restUntil = cost > SLOW_FRAME_MS ? performance.now() + 3 * cost : 0;
}

/** @param {Feed["connection"]} connection */
function showConnection(connection) {
  const pill = part("connection");
  const texts = { connecting: words.connecting, broken: words.reconnecting, refused: words.refused, open: "" };
  pill.dataset.state = connection;
  setText(pill, texts[connection]);
  pill.hidden = connection === "open";
}

/** Screen readers hear an answer once, when it is whole. @param {Conversation} conversation */
function speakEnds({ turns }) {
  const ended = turns.filter((turn) => underWay.has(turn.taskId) && !isOpen(turn));
  underWay = new Set(turns.filter(isOpen).map((turn) => turn.taskId));
  for (const turn of ended) stopping.delete(turn.taskId);
  const spoken = ended.map(spokenEnd).join(" ");
  if (spoken) setText(part("announcement"), spoken.slice(0, SPOKEN_CHARS_MAX));
}

/** The words as they are shown, without the marks of Markdown. @param {Turn} turn */
function spokenEnd({ taskId, state, outcome }) {
  if (state !== "done") return outcome ?? "";
  const node = Array.from(part("line").querySelectorAll("li")).findLast((item) => item.dataset.task === taskId);
  const texts = Array.from(node?.querySelectorAll(".prose") ?? [], (prose) => prose.textContent);
  return `${words.answered} ${texts.join(" ").trim()}`;
}

/** @param {string} text */
function say(text) {
  setText(part("trouble"), text);
  part("trouble").hidden = text === "";
}

/** @param {string | undefined} taskId */
async function cancel(taskId) {
  if (!taskId || stopping.has(taskId)) return;
  stopping.add(taskId);
  schedule();
  clock.after(STOP_MS_MAX, () => {
    if (stopping.delete(taskId)) schedule();
  });
  try {
    const path = `/api/tasks/${encodeURIComponent(taskId)}/cancel`;
    const response = await fetch(path, { method: "POST", headers: { "signalbox-channel": "web" } });
    if (response.status === 401) toLogin();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    say("");
  } catch {
    stopping.delete(taskId);
    say(words.stopFailed);
    schedule();
  }
}

/** What it does shows up in the stream; only why it did nothing is said here. @param {string} id */
async function press(id) {
  try {
    const path = `/api/buttons/${encodeURIComponent(id)}/press`;
    const response = await fetch(path, { method: "POST", headers: { "signalbox-channel": "web" } });
    if (response.status === 401) toLogin();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { isDone, text } = await response.json();
    say(isDone ? "" : text);
  } catch {
    say(words.pressFailed);
  }
}

/** @param {string | undefined} taskId */
const turnOf = (taskId) => feed.current().conversation.turns.find((turn) => turn.taskId === taskId);

/** @param {string} taskId */
function sayAgain(taskId) {
  const { session, conversation } = feed.current();
  const said = turnOf(taskId)?.entries.find((entry) => entry.kind === "message");
  if (said?.kind === "message") outbox.add(session, said.text, lastSeq(conversation));
  follower.toBottom();
}

function openSession() {
  const asked = location.hash.slice(1);
  const id = isSessionId(asked) ? asked : (past.list()[0]?.id ?? newSessionId());
  if (asked !== id) history.replaceState(null, "", `#${id}`);
  const { session } = feed.current();
  if (id === session) return;
  drafts.set(session, composer.swap(drafts.get(id) ?? ""));
  turnsMax = TURNS_AT_ONCE;
  underWay = new Set();
  stopping.clear();
  say("");
  follower.toBottom();
  feed.open(id);
}

const stop = () => cancel(activeTurn(feed.current().conversation)?.taskId);

part("new").addEventListener("click", () => {
  const sessions = part("sessions");
  if (sessions.matches(":popover-open")) sessions.hidePopover();
  location.hash = newSessionId();
  composer.focus();
});
part("past").addEventListener("click", () => {
  if (part("sessions").matches(":popover-open")) part("sessions").hidePopover();
});
part("stop").addEventListener("click", stop);
part("earlier").addEventListener("click", () => {
  turnsMax += TURNS_AT_ONCE;
  follower.stay(render);
});
part("room").addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  const { cancel: taskId, resend, again, edit, discard, press: pressed } = button.dataset;
  if (taskId !== undefined) void cancel(taskId);
  else if (pressed !== undefined) void press(pressed);
  else if (resend !== undefined) sayAgain(resend);
  else if (again !== undefined) outbox.sendAgain(again);
  else if (edit !== undefined) composer.put(outbox.discard(edit));
  else if (discard !== undefined) outbox.discard(discard);
  else if (button.dataset.copy !== undefined) void answerCopying(button, words, turnOf);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (!part("sessions").matches(":popover-open")) void stop();
});
addEventListener("hashchange", openSession);
addEventListener("storage", () => outbox.reload());
for (const [target, name] of /** @type {const} */ ([
  [window, "online"],
  [window, "pageshow"],
  [document, "visibilitychange"],
])) {
  target.addEventListener(name, () => {
    if (document.visibilityState !== "visible") return;
    feed.nudge();
    outbox.nudge();
  });
}

openSession();
outbox.nudge();
// Where a finger types, the focus would bring up the keyboard over what one came to read.
if (matchMedia("(pointer: fine)").matches) composer.focus();
