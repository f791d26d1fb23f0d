// Which definitions of foreign tools were seen and accepted: by server and tool, the hash and the words. What a server offers the first time is
// taken as the administrator's choice of that server; whatever is new or different later waits for a word from them.

import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { ToolWords } from "../../core/mcp-desk.ts";

const words = z.object({ description: z.string(), parameters: z.record(z.string(), z.string()) });
/** An older file holds the hash alone. */
const pin = z.union([
  z.string().transform((hash): Pin => ({ hash })),
  z.object({ hash: z.string(), words }).transform((one): Pin => one),
]);
const schema = z.record(z.string(), z.record(z.string(), pin));

export interface Pin {
  readonly hash: string;
  /** What was said of the tool then, to show a change by. */
  readonly words?: ToolWords;
}

export type Pins = Readonly<Record<string, Readonly<Record<string, Pin>>>>;

export interface PinStore {
  /** Throws where the pins cannot be read: then nothing counts as accepted. */
  read(): Promise<Pins>;
  write(pins: Pins): Promise<void>;
}

export type PinState = "accepted" | "new" | "changed";

export function pinState(pins: Pins, server: string, tool: string, hash: string): PinState {
  const pinned = pinOf(pins, server, tool);
  if (pinned === undefined) return "new";
  return pinned.hash === hash ? "accepted" : "changed";
}

export const pinOf = (pins: Pins, server: string, tool: string): Pin | undefined => own(own(pins, server), tool);

export const isKnown = (pins: Pins, server: string): boolean => own(pins, server) !== undefined;

export const withPins = (pins: Pins, server: string, added: Readonly<Record<string, Pin>>): Pins => ({
  ...pins,
  [server]: { ...own(pins, server), ...added },
});

/** A tool may be called `constructor`. */
const own = <Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/** In a file that is replaced as a whole. */
export function createPinFile(path: string): PinStore {
  return {
    read: async () => {
      const text = await readFile(path, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
        throw error;
      });
      return schema.parse(JSON.parse(text));
    },
    write: async (pins) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.new`;
      const file = await open(draft, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify(pins, undefined, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    },
  };
}
