// The MCP servers of the configuration. Where there are none, what speaks to them is not loaded: it is a tenth of a start.

import { NO_MCP } from "../../core/mcp-desk.ts";
import type { McpServers, McpServersParts } from "./mcp-servers.ts";

const NONE: McpServers = { ...NO_MCP, start: async () => {}, stop: async () => {}, current: () => [] };

/** Not started yet. */
export async function openMcp(parts: McpServersParts): Promise<McpServers> {
  if (Object.keys(parts.servers).length === 0) return NONE;
  const { createMcpServers } = await import("./mcp-servers.ts");
  return createMcpServers(parts);
}
