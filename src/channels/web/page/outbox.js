// Messages on their way to the server. Each stands in localStorage under its own id until the server has answered, and is
// repeated with that id, so it survives a reload, a dead server and a lost answer, and still arrives once.

/** @import { Outbox, OutboxOptions, Sent, Unsent } from "./outbox.d.ts" */

const PREFIX = "signalbox.unsent.";
const UNSENT_MAX = 100;
const SENT_MAX = 50;
const POST_MS_MAX = 30_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 15_000;

/** @param {OutboxOptions} options @returns {Outbox} */
export function createOutbox({ storage, fetch, clock, random, newId, onChange, onTaken, onLogin }) {
  /** @type {Unsent[]} */
  let unsent = load();
  /** @type {Sent[]} */
  let sent = [];
  let failures = 0;
  let busy = false;
  /** @type {(() => void) | undefined} */
  let stopWaiting;

  function load() {
    const found = [];
    for (let index = 0; index < storage.length; index += 1) {
      const name = storage.key(index);
      if (!name?.startsWith(PREFIX)) continue;
      try {
        found.push(JSON.parse(storage.getItem(name) ?? ""));
      } catch {
        storage.removeItem(name);
      }
    }
    return found.sort((left, right) => left.at - right.at);
  }

  /** @param {Unsent} entry */
  function keep(entry) {
    try {
      storage.setItem(PREFIX + entry.key, JSON.stringify(entry));
    } catch {
      // A full or forbidden storage only costs the survival of a reload.
    }
  }

  /** @param {string} key */
  function forget(key) {
    unsent = unsent.filter((entry) => entry.key !== key);
    storage.removeItem(PREFIX + key);
  }

  /** @type {(entry: Unsent) => Promise<"next" | "later">} */
  async function post(entry) {
    const response = await fetch(`/api/sessions/${encodeURIComponent(entry.session)}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "signalbox-channel": "web" },
      body: JSON.stringify({ text: entry.text, id: entry.key }),
      signal: AbortSignal.timeout(POST_MS_MAX),
    });
    if (response.status === 401) {
      onLogin();
      return "later";
    }
    if (response.status >= 500 || response.status === 408) return "later";
    const answer = await response.json().catch(() => ({}));
    // A message that found the line full has an id too: it is stored, and its events tell that it was not taken.
    if (typeof answer.id === "string") {
      forget(entry.key);
      sent = [...sent, { messageId: answer.id, session: entry.session, text: entry.text }].slice(-SENT_MAX);
      onTaken(entry.session, answer.id);
      return "next";
    }
    if (response.ok) return "later";
    const refused = typeof answer.error === "string" ? answer.error : `HTTP ${response.status}`;
    const known = { ...entry, refused };
    unsent = unsent.map((other) => (other.key === entry.key ? known : other));
    keep(known);
    return "next";
  }

  async function flush() {
    if (busy) return;
    busy = true;
    stopWaiting?.();
    stopWaiting = undefined;
    for (;;) {
      const entry = unsent.find((candidate) => candidate.refused === undefined);
      if (!entry) break;
      const outcome = await post(entry).catch(() => "later");
      if (outcome === "later") {
        const delay = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** failures) * (0.5 + random() / 2);
        failures += 1;
        stopWaiting = clock.after(delay, flush);
        break;
      }
      failures = 0;
      onChange();
    }
    busy = false;
    onChange();
  }

  return {
    add(session, text, afterSeq) {
      if (unsent.length >= UNSENT_MAX) return false;
      const at = Math.max(clock.now(), (unsent.at(-1)?.at ?? 0) + 1);
      const entry = { key: newId(), session, text, at, afterSeq };
      unsent = [...unsent, entry];
      keep(entry);
      onChange();
      void flush();
      return true;
    },
    sendAgain(key) {
      const entry = unsent.find((candidate) => candidate.key === key);
      if (!entry) return;
      forget(key);
      this.add(entry.session, entry.text, entry.afterSeq);
    },
    discard(key) {
      const entry = unsent.find((candidate) => candidate.key === key);
      forget(key);
      onChange();
      return entry?.text ?? "";
    },
    reload() {
      unsent = load();
      onChange();
    },
    nudge() {
      if (unsent.length > 0) void flush();
    },
    unsentOf: (session) => unsent.filter((entry) => entry.session === session),
    sentOf: (session) => sent.filter((entry) => entry.session === session),
    isTroubled: () => failures > 0,
  };
}
