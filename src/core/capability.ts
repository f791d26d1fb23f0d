// Capabilities: what a tool needs and a role, channel, agent or skill grants. Pure matching; the decision is in authority/.

export const CAPABILITIES = [
  "chat.file",
  "chat.mention",
  "fs.read",
  "fs.write",
  "shell.exec",
  "net.fetch",
  "web.browse",
  "memory.read",
  "memory.write",
  "agent.spawn",
  "task.cli",
  "schedule",
  // To stop what somebody else asked for.
  "task.stop",
] as const;

/** One of CAPABILITIES or `mcp.<server>`. */
export type Capability = string;
/** A capability, a family (`fs.*`) or `*`. */
export type Grant = string;

const MCP = /^mcp\.[a-z0-9_-]{1,64}$/;
const known: readonly string[] = CAPABILITIES;

export const isCapability = (name: string): boolean => known.includes(name) || MCP.test(name);

export function isGrant(name: string): boolean {
  if (name === "*" || isCapability(name)) return true;
  const family = name.endsWith(".*") ? name.slice(0, -1) : null;
  return family !== null && (family === "mcp." || known.some((capability) => capability.startsWith(family)));
}

export function grants(grant: Grant, capability: Capability): boolean {
  if (grant === "*" || grant === capability) return true;
  return grant.endsWith(".*") && capability.startsWith(grant.slice(0, -1));
}

export const isGranted = (granted: readonly Grant[], capability: Capability): boolean =>
  granted.some((grant) => grants(grant, capability));
