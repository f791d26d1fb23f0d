// The tool that replaces exact text in a file of the workspace.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { fileKind } from "./workspace/file-kind.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const TEXT_CHARS_MAX = 500_000;

const Arguments = z.strictObject({
  path,
  old_text: z.string().min(1).max(TEXT_CHARS_MAX).describe("Exactly as in the file, blanks and line breaks included"),
  new_text: z.string().max(TEXT_CHARS_MAX).describe("What stands there afterwards"),
  all: z.boolean().optional().describe("Replace every place; otherwise old_text must stand in the file once"),
});

export const createEditFile = (workspaces: Workspaces): Tool => ({
  name: "edit_file",
  description:
    "Replaces text in a file of this conversation's workspace. `old_text` must match exactly and stand there once: add lines " +
    "around it until it does, or set `all`. What was there before is kept for restore_file.",
  capabilities: ["fs.write", "fs.read"],
  parameters: schemaOf(Arguments),
  run: async (args, { session }) => {
    const { path, old_text: oldText, new_text: newText, all = false } = Arguments.parse(args);
    if (oldText === newText) throw new Error("old_text and new_text are the same.");
    let places = 0;
    const { version } = await (await workspaces.of(session)).change(path, (before) => {
      if (!before) throw new Error(`There is no file ${path}; make it with write_file.`);
      if (fileKind(before) !== "text") throw new Error(`${path} is ${fileKind(before)}, not text.`);
      const text = before.toString("utf8");
      // What is no UTF-8 would not survive being read and written.
      if (!Buffer.from(text).equals(before)) throw new Error(`${path} is not UTF-8; change it with a command.`);
      const parts = text.split(oldText);
      places = parts.length - 1;
      if (places === 0) throw new Error(notFound(text, oldText, path));
      if (places > 1 && !all) {
        throw new Error(
          `old_text stands ${places} times in ${path}: add the lines around the right place, or set all.`,
        );
      }
      return Buffer.from(parts.join(newText));
    });
    return `Replaced ${places} ${places === 1 ? "place" : "places"} in ${path} (version ${version.n}).`;
  },
});

/** The likeliest reason first. */
function notFound(text: string, oldText: string, path: string): string {
  if (text.includes("\r\n") && text.includes(oldText.replaceAll("\n", "\r\n"))) {
    return `old_text is not in ${path}: its lines end in CR LF; give \\r\\n in old_text.`;
  }
  const unnumbered = oldText.replace(/^\d+\t/gm, "");
  if (unnumbered !== oldText && text.includes(unnumbered)) {
    return `old_text is not in ${path}: leave out the line numbers that read_file shows.`;
  }
  if (text.normalize().includes(oldText.normalize())) {
    return `old_text is not in ${path}: the same characters are written with other code points there; copy them from read_file.`;
  }
  const plain = (value: string): string => value.replace(/\s+/g, " ").trim();
  const first = oldText
    .split("\n")
    .map(plain)
    .find((line) => line !== "");
  const line = first === undefined ? -1 : text.split("\n").findIndex((one) => plain(one).includes(first));
  if (line < 0) return `old_text is not in ${path}. Read the file again: it may have changed.`;
  return `old_text is not in ${path}. Its first line stands in line ${line + 1}, with other blanks or followed by other text: read it from there.`;
}
