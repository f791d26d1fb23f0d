// The one reading of a path that a model wrote: names below the workspace, or a sentence that says what is wrong with it. Pure;
// what the names lead to on the disk is pinned-folder.ts.

import { INSIDE_FOLDER } from "../sandbox/sandbox.ts";

const CHARS_MAX = 1_000;
const NAME_BYTES_MAX = 255;
const DEPTH_MAX = 32;

/**
 * Control characters, line separators, marks that turn the direction of writing or hide text, tags, and what is no character:
 * a name with one of them is not the name a person reads. Joiners stay, since emoji and scripts need them.
 */
const HIDDEN =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Noncharacter_Code_Point}/u;

/** The names from the workspace down; [] is the workspace itself. */
export function workspaceNames(path: string): readonly string[] {
  if (path.length > CHARS_MAX) throw new Error(`The path is longer than ${CHARS_MAX} characters.`);
  if (!path.isWellFormed() || HIDDEN.test(path)) {
    throw new Error("The path holds control or invisible characters; use a plain name.");
  }
  const names = belowWorkspace(path)
    .split("/")
    .filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new Error("The path must not hold `..`: name the file from the workspace down.");
  if (names.length > DEPTH_MAX) throw new Error(`The path is deeper than ${DEPTH_MAX} folders.`);
  const long = names.find((name) => Buffer.byteLength(name) > NAME_BYTES_MAX);
  if (long !== undefined) throw new Error(`A name in the path is longer than ${NAME_BYTES_MAX} bytes.`);
  return names;
}

/** Commands see the workspace under a path of its own; a model that read it there may use it here. */
function belowWorkspace(path: string): string {
  if (path === INSIDE_FOLDER || path.startsWith(`${INSIDE_FOLDER}/`)) return path.slice(INSIDE_FOLDER.length);
  if (path.startsWith("/") || path === "~" || path.startsWith("~/")) {
    throw new Error("The path must be relative to the workspace, such as notes/plan.md.");
  }
  return path;
}
