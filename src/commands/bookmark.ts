// Where a person stopped reading a terminal conversation, so that `signalbox chat` shows what was answered meanwhile.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Bookmark } from "../channels/terminal/chat-parts.ts";

const FILE = "terminal.json";
const content = z.record(z.string(), z.number().int().min(0));

export function openBookmark(dataFolder: string, session: string): Bookmark {
  const file = join(dataFolder, FILE);
  return {
    after: readMarks(file)[session],
    save: (id) => writeFileSync(file, JSON.stringify({ ...readMarks(file), [session]: id }), { mode: 0o600 }),
  };
}

function readMarks(file: string): Readonly<Record<string, number>> {
  try {
    return content.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // None yet, or a torn one: the conversation begins with what is new.
    return {};
  }
}
