// What an administrator sees of the MCP servers, and the word by which a tool that changed is let through.

export type McpState = "connecting" | "ready" | "resting" | "stopped" | "off";

export interface McpServerStatus {
  readonly server: string;
  readonly state: McpState;
  /** Why it is off or rests. */
  readonly reason: string;
  readonly tools: readonly string[];
}

/** What a server says of a tool, as far as it is shown. */
export interface ToolWords {
  readonly description: string;
  /** By name, a hash of what is said of it. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Held back until it changes, or until an administrator accepts it. */
export interface HeldTool {
  readonly server: string;
  readonly tool: string;
  readonly reason: "new" | "changed" | "unusable";
  readonly message: string;
  /** What would be accepted; absent: it cannot be. */
  readonly offer?: { readonly hash: string; readonly words: ToolWords };
  /** As it was accepted before; absent: it was not, or only its hash is known. */
  readonly before?: ToolWords;
}

export interface McpDesk {
  status(): readonly McpServerStatus[];
  held(): readonly HeldTool[];
  /** Of what they saw, the hash: something else is not accepted. Throws a sentence. */
  accept(server: string, tool: string, hash: string): Promise<void>;
}

export const NO_MCP: McpDesk = {
  status: () => [],
  held: () => [],
  accept: () => Promise.reject(new Error("There are no MCP servers.")),
};
