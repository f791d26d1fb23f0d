// How conversations and messages of Feishu are named: `feishu:<app>:<chat>[:<topic or person>]`. Ids differ by app, so the app is in
// every key.

export interface SessionPlace {
  readonly appId: string;
  readonly chat: string;
  /** A topic's id or its root message, or a person's open id; absent: the whole chat. */
  readonly part: string | undefined;
}

const CHANNEL = "feishu";

export const sessionKey = (appId: string, chat: string, part: string | undefined): string =>
  [CHANNEL, appId, chat, ...(part === undefined ? [] : [part])].join(":");

export function sessionPlace(session: string): SessionPlace | undefined {
  const [channel, appId, chat, part] = session.split(":");
  return channel === CHANNEL && appId && chat ? { appId, chat, part } : undefined;
}

/** The dedupe key: by message id, because one message can be pushed under several event ids. */
export const messageKey = (appId: string, message: string): string => [CHANNEL, appId, message].join(":");

export const eventKey = (appId: string, event: string): string => [CHANNEL, appId, "event", event].join(":");
