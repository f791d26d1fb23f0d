// The custom tools of the house, as the last whole look at their folder found them: a good edit replaces a tool, a bad one keeps the
// last good version and says what is wrong, what is gone is gone. A task keeps the set it began with.

import { pathToFileURL } from "node:url";
import type { Log } from "../../core/log.ts";
import type { Tool } from "../../core/tool.ts";
import type { Timers } from "../../lib/abort.ts";
import { type FoundTool, readToolFolder } from "./read-tool-folder.ts";
import type { RunProgram } from "./run-program.ts";
import { ToolFault, toolFaultFrom } from "./tool-fault.ts";
import { parseToolFile } from "./tool-file.ts";
import { toolFromFile } from "./tool-from-file.ts";
import { toolFromModule } from "./tool-module.ts";

export interface ToolProblem {
  readonly tool: string;
  /** Below the tools folder, with a line where one is known: `count_words/tool.yaml:3`. */
  readonly place: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

export interface ToolSet {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly problems: readonly ToolProblem[];
}

export interface ToolChange {
  readonly tool: string;
  readonly action: "added" | "changed" | "removed";
  readonly hash: string;
}

export interface ToolLibrary {
  current(): ToolSet;
  /** Reads the folder anew; the new state is there as a whole when it resolves. */
  reload(): Promise<readonly ToolChange[]>;
}

export interface ToolLibraryParts {
  readonly folder: string;
  readonly log: Log;
  readonly timers: Timers;
  /** Runs the executables; or a sentence that says why none is run, just now. */
  readonly programs: () => RunProgram | { readonly off: string };
  /** Names that are taken by tools of the house. */
  readonly builtIn: readonly string[];
  readonly hasBin: (name: string) => boolean;
  readonly importModule?: (url: string) => Promise<unknown>;
}

interface Loaded {
  readonly tool: Tool;
  readonly place: string;
  readonly hash: string;
}

const IMPORT_MS_MAX = 5_000;

export function createToolLibrary(parts: ToolLibraryParts): ToolLibrary {
  const { folder, log, timers, programs, hasBin, importModule = (url) => import(url) } = parts;
  const reserved = new Set(parts.builtIn);
  let loaded: ReadonlyMap<string, Loaded> = new Map();
  let current: ToolSet = { tools: new Map(), problems: [] };
  let imports = 0;
  /** What is imported stays in memory for good, so a module that failed is not tried again until it is edited. */
  const failed = new Map<string, { readonly hash: string; readonly error: unknown }>();
  let told = "";
  let reading: Promise<readonly ToolChange[]> = Promise.resolve([]);

  async function reload(): Promise<readonly ToolChange[]> {
    const next = new Map<string, Loaded>();
    const problems: ToolProblem[] = [];
    const now = programs();
    for (const found of await readToolFolder(folder)) {
      const { name, place } = found;
      if ("off" in now && "kind" in found && found.kind === "program") {
        problems.push({ tool: name, place, message: `it is off: ${now.off}` });
        continue;
      }
      const taken = next.get(name);
      const last = loaded.get(name);
      try {
        if ("fault" in found) throw found.fault;
        if (taken) throw new ToolFault(`${taken.place} is a tool of this name already`);
        const isSame = last?.place === place && last.hash === found.hash;
        next.set(name, isSame ? last : { tool: await load(found), place, hash: found.hash });
      } catch (error) {
        if (!taken && last?.place === place) next.set(name, last);
        const { line, message } = toolFaultFrom(error, folder);
        problems.push({ tool: name, place: line === undefined ? place : `${place}:${line}`, message });
      }
    }
    const changes = changesBetween(loaded, next);
    loaded = next;
    current = { tools: new Map([...next].map(([name, { tool }]) => [name, tool])), problems };
    tell(problems);
    return changes;
  }

  async function load({ kind, name, place, path, folder: own, text, hash }: FoundTool): Promise<Tool> {
    if (kind === "program") return toolFromFile(parseToolFile(text, { expected: name, reserved, hasBin }), own, run);
    const last = failed.get(place);
    if (last?.hash === hash) throw last.error;
    // A new address each time: a module is read once for each.
    imports += 1;
    try {
      return toolFromModule(
        await withinTime(importModule(`${pathToFileURL(path).href}?edit=${imports}`)),
        name,
        reserved,
      );
    } catch (error) {
      failed.set(place, { hash, error });
      throw error;
    }
  }

  const run: RunProgram = async (call) => {
    const now = programs();
    if ("off" in now) throw new Error("Programs are not run just now: there is no sandbox for them.");
    return now(call);
  };

  function withinTime(work: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = new ToolFault(`importing it took over ${IMPORT_MS_MAX / 1_000} seconds`);
      const cancel = timers.after(IMPORT_MS_MAX, () => reject(late));
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** Each state of affairs once, not at every look. */
  function tell(problems: readonly ToolProblem[]): void {
    const now = JSON.stringify(problems);
    if (now === told) return;
    told = now;
    for (const { tool, place, message } of problems) {
      const kept = loaded.has(tool) ? "the last good version stays" : "it is not offered";
      log.warn("a tool is not usable", { tool, place, message, kept });
    }
  }

  return {
    current: () => current,
    reload: () => {
      // One after the other: an older look never replaces a newer one.
      reading = reading.then(reload, reload);
      return reading;
    },
  };
}

function changesBetween(before: ReadonlyMap<string, Loaded>, after: ReadonlyMap<string, Loaded>): ToolChange[] {
  const changes: ToolChange[] = [];
  for (const [tool, { hash }] of after) {
    const old = before.get(tool);
    if (!old) changes.push({ tool, action: "added", hash });
    else if (old.hash !== hash) changes.push({ tool, action: "changed", hash });
  }
  for (const [tool, { hash }] of before) if (!after.has(tool)) changes.push({ tool, action: "removed", hash });
  return changes;
}
