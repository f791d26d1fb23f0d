// What a reader does with the line: staying at the newest while reading there (and only then), and copying.

import { answerOf } from "./conversation.js";

/** @import { Turn } from "./conversation.d.ts" */
/** @import { Words } from "./words.js" */

const AT_BOTTOM_PX = 48;
const COPIED_MS = 1500;

/** @param {HTMLElement} scroll @param {HTMLElement} newest the button that brings the reader back */
export function createFollower(scroll, newest) {
  let isFollowing = true;
  let lastTop = 0;
  const isAtBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_BOTTOM_PX;
  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
  };

  scroll.addEventListener(
    "scroll",
    () => {
      // What grows under the reader is no scrolling away: only upwards is.
      if (isAtBottom()) isFollowing = true;
      else if (scroll.scrollTop < lastTop) isFollowing = false;
      lastTop = scroll.scrollTop;
      newest.hidden = isFollowing;
    },
    { passive: true },
  );
  // Who unfolds a row wants to read it.
  scroll.addEventListener(
    "toggle",
    () => {
      if (!isAtBottom()) isFollowing = false;
    },
    { capture: true },
  );
  newest.addEventListener("click", () => {
    isFollowing = true;
    toEnd();
  });
  // A keyboard that slides in or a growing text field must not cover what is being read.
  const observer = new ResizeObserver(() => {
    if (isFollowing) toEnd();
  });
  observer.observe(scroll);

  return {
    /** @param {() => void} change */
    keep(change) {
      change();
      if (isFollowing) toEnd();
      else newest.hidden = isAtBottom();
    },
    /** What is put in above moves nothing that is being read. @param {() => void} change */
    stay(change) {
      isFollowing = false;
      const fromEnd = scroll.scrollHeight - scroll.scrollTop;
      change();
      scroll.scrollTop = scroll.scrollHeight - fromEnd;
    },
    toBottom() {
      isFollowing = true;
    },
  };
}

/**
 * @param {HTMLElement} button
 * @param {Words} words
 * @param {(taskId: string | undefined) => Turn | undefined} turnOf
 */
export async function answerCopying(button, words, turnOf) {
  const turn = turnOf(button.closest("li")?.dataset.task);
  const isCode = button.dataset.copy === "code";
  const code = button.closest(".code")?.querySelector("pre")?.textContent ?? "";
  const answer = turn ? answerOf(turn).trim() : "";
  if (!(await copy(isCode ? code : answer))) return;
  button.textContent = words.copied;
  setTimeout(() => {
    button.textContent = isCode ? words.copy : words.copyAnswer;
  }, COPIED_MS);
}

/** The clipboard interface exists on https and localhost only; elsewhere the old way still works. @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "heard";
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  }
}
