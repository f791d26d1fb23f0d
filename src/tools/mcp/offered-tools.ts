// Of all that a server lists: what is offered as tools, and what is held back and why.

import { Ajv } from "ajv";
import type { HeldTool } from "../../core/mcp-desk.ts";
import { definitionFrom, type ListedTool, nameFor, type ToolDefinition } from "./tool-definition.ts";
import { isKnown, type Pin, type Pins, pinOf, pinState, withPins } from "./tool-pins.ts";

export interface OfferedTools {
  readonly tools: readonly ToolDefinition[];
  readonly held: readonly HeldTool[];
  /** The same pins, unless the server is seen for the first time. */
  readonly pins: Pins;
}

const TOOLS_MAX = 100;
const SAID = {
  new: "it is new since the server was accepted",
  changed: "its description or parameters changed since they were accepted",
} as const;

export function offeredTools(server: string, listed: readonly ListedTool[], pins: Pins): OfferedTools {
  // One for all of a list: to make one costs more than to use it.
  const ajv = new Ajv({ strict: false, logger: false });
  const held: HeldTool[] = [];
  const usable: ToolDefinition[] = [];
  const hold = (tool: string, message: string): void => {
    held.push({ server, tool: tool.slice(0, 100), reason: "unusable", message });
  };
  const times = Map.groupBy(listed, ({ name }) => nameFor(server, name));
  for (const one of listed) {
    const sameName = times.get(nameFor(server, one.name))?.length ?? 0;
    if (sameName > 1) hold(one.name, `${sameName} tools of this server have this name`);
    else if (usable.length >= TOOLS_MAX) hold(one.name, `the server has over ${TOOLS_MAX} tools`);
    else {
      try {
        usable.push(definitionFrom(server, one, ajv));
      } catch (error) {
        hold(one.name, error instanceof Error ? error.message : String(error));
      }
    }
  }
  const next = isKnown(pins, server) ? pins : withPins(pins, server, pinsOf(usable));
  const tools = usable.filter((definition) => {
    const state = pinState(next, server, definition.tool, definition.hash);
    if (state !== "accepted") {
      const { tool, hash, words } = definition;
      const before = pinOf(next, server, tool)?.words;
      held.push({
        server,
        tool,
        reason: state,
        message: SAID[state],
        offer: { hash, words },
        ...(before ? { before } : {}),
      });
    }
    return state === "accepted";
  });
  return { tools, held, pins: next };
}

export const pinsOf = (tools: readonly Pick<ToolDefinition, "tool" | "hash" | "words">[]): Record<string, Pin> =>
  Object.fromEntries(tools.map(({ tool, hash, words }) => [tool, { hash, words }]));
