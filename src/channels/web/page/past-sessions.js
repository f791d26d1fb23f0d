// The conversations this browser had: ids and first words in localStorage, newest first. The server is not asked.

/** @typedef {{ id: string, title: string, at: number }} PastSession */

const KEY = "signalbox.sessions";
const SESSIONS_MAX = 40;
const TITLE_CHARS_MAX = 60;
const SESSION_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** @param {Storage} storage @param {() => number} now */
export function createPastSessions(storage, now) {
  /** @returns {PastSession[]} */
  function list() {
    try {
      const found = JSON.parse(storage.getItem(KEY) ?? "[]");
      return Array.isArray(found) ? found.filter((entry) => isSessionId(entry?.id)) : [];
    } catch {
      return [];
    }
  }

  return {
    list,
    /** The first words name a conversation for good; later ones only bring it to the top. @param {string} id @param {string} text */
    touch(id, text) {
      const others = list();
      const known = others.find((entry) => entry.id === id);
      const title = known?.title || Array.from(text.trim().replace(/\s+/g, " ")).slice(0, TITLE_CHARS_MAX).join("");
      const sessions = [{ id, title, at: now() }, ...others.filter((entry) => entry.id !== id)].slice(0, SESSIONS_MAX);
      try {
        storage.setItem(KEY, JSON.stringify(sessions));
      } catch {
        // Without storage there is no list; the conversation itself does not need it.
      }
    },
  };
}

/** @param {unknown} id @returns {id is string} */
export function isSessionId(id) {
  return typeof id === "string" && SESSION_ID.test(id);
}

/** crypto.randomUUID exists on https and localhost only; a phone in the house network has neither. */
export function newSessionId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
