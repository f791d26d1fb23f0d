// MCP servers as the configuration names them: read by config, used by the tools.

/** A program that is started by us and spoken to over its stdin and stdout. */
export interface McpProgram {
  readonly command: readonly string[];
  /** Variables that are passed on to it. */
  readonly env: readonly string[];
  /** Folders of this machine that it may read, besides the system's programs and its own home. */
  readonly folders: readonly string[];
  /** Whom it may reach over HTTP and HTTPS; nobody else. */
  readonly hosts: readonly string[];
  readonly timeoutSeconds: number;
}

export interface McpRemote {
  readonly url: string;
  /** `${NAME}` in a value is replaced by that variable. */
  readonly headers: Readonly<Record<string, string>>;
  readonly allowCidrs: readonly string[];
  readonly timeoutSeconds: number;
}

export type McpServerSettings = McpProgram | McpRemote;

export interface McpSettings {
  readonly servers: Readonly<Record<string, McpServerSettings>>;
}
