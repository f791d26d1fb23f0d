// How a chat platform is reached, and by which rules its chats become sessions: read by config, used by the channels.

export interface SlackSettings {
  readonly botToken: string;
  readonly apiUrl: string;
  /** Socket Mode with an app token, HTTP events without one. */
  readonly transport:
    | { readonly mode: "socket"; readonly appToken: string }
    | { readonly mode: "http"; readonly signingSecret: string };
}

export interface FeishuSettings {
  readonly appId: string;
  readonly appSecret: string;
  /** Where its open API is. */
  readonly domain: string;
  readonly transport:
    | { readonly mode: "ws" }
    | {
        readonly mode: "webhook";
        /** With it requests are signed and encrypted. */
        readonly encryptKey: string | undefined;
        readonly verificationToken: string | undefined;
      };
}

/** One session a chat, a thread (or topic), or a person in a chat. */
export type SessionScope = "chat" | "thread" | "user";

export interface ChatRules {
  readonly scopes: { readonly dm: SessionScope; readonly group: SessionScope };
  /** In group chats, outside of threads the bot takes part in. */
  readonly mentionRequired: boolean;
  /** Emoji that are a request, and its words: with `eyes: "Summarise this."` an :eyes: on a message asks that about it. */
  readonly reactions: Readonly<Record<string, string>>;
}
