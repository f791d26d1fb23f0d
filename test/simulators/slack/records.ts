// What the simulated Slack keeps: workspaces, people, channels, messages, files. Our names; wire-shapes.ts makes Slack's.

export interface Block {
  readonly type: string;
  readonly block_id?: string | undefined;
  readonly [field: string]: unknown;
}

/** The app in one workspace. */
export interface Installation {
  readonly teamId: string;
  readonly botToken: string;
  readonly botUserId: string;
  readonly botId: string;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly installation: Installation | undefined;
}

export interface User {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly realName: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly isBot: boolean;
  readonly botId: string | undefined;
}

export type ChannelKind = "public" | "private" | "im" | "mpim";

export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly name: string;
  readonly created: number;
  /** The first one owns it; more than one: a Slack Connect channel. */
  readonly teamIds: readonly string[];
  readonly members: Set<string>;
}

export interface Metadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

export type StreamState = "streaming" | "stopped" | "stopped-by-user";

export interface Stream {
  readonly startedAt: number;
  readonly recipient: string | undefined;
  /** What the others of a channel see until the end. */
  readonly firstText: string;
  bytes: number;
  state: StreamState;
  tasks: Map<string, Readonly<Record<string, unknown>>>;
  planTitle: string | undefined;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly userId: string;
  /** The sender's workspace. */
  readonly teamId: string;
  readonly botId: string | undefined;
  readonly clientMsgId: string | undefined;
  readonly isBroadcast: boolean;
  subtype: string | undefined;
  text: string;
  /** Written as Markdown (markdown_text or a stream), kept as the bot wrote it. */
  markdown: string | undefined;
  blocks: readonly Block[];
  attachments: readonly unknown[];
  fileIds: readonly string[];
  metadata: Metadata | undefined;
  edited: { readonly user: string; readonly ts: string } | undefined;
  stream: Stream | undefined;
  readonly reactions: Map<string, Set<string>>;
}

export interface Ephemeral {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  /** Who alone sees it. */
  readonly to: string;
  text: string;
  markdown: string | undefined;
  blocks: readonly Block[];
}

export interface FileRecord {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  title: string;
  readonly mimetype: string;
  readonly userId: string;
  readonly created: number;
  readonly expectedLength: number;
  content: Buffer | undefined;
  /** Channel and ts of each message that shows it. */
  readonly shares: { readonly channel: string; readonly ts: string; readonly threadTs: string | undefined }[];
  isComplete: boolean;
}

export type SessionStatus = "active" | "processing" | "suspended" | "closed";

export interface AgentSession {
  status: SessionStatus;
  title: string | undefined;
}

export interface ThreadStatus {
  readonly text: string;
  readonly loadingMessages: readonly string[];
  readonly setAt: number;
}

export interface View {
  readonly id: string;
  readonly kind: "modal" | "home";
  readonly userId: string;
  readonly content: Readonly<Record<string, unknown>>;
}
