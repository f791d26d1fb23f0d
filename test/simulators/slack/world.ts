// The simulated Slack's memory: who is there and what was said. It knows no events and no HTTP; whoever changes it tells the hooks.

import type { Clock } from "../../../src/core/clock.ts";
import type { SlackIds } from "./clock-ids.ts";
import { STATUS_LIFE_MS, STREAM_LIFE_MS } from "./limits.ts";
import type {
  AgentSession,
  Channel,
  ChannelKind,
  Ephemeral,
  FileRecord,
  Message,
  Team,
  ThreadStatus,
  User,
  View,
} from "./records.ts";
import { visibleText } from "./visible-text.ts";

/** What the bot is told of; events.ts listens. */
export interface WorldHooks {
  posted(message: Message): void;
  changed(message: Message, before: Message): void;
  deleted(before: Message, tombstone: Message | undefined, ts: string): void;
  reacted(message: Message, user: string, name: string, isAdded: boolean): void;
  joined(channel: Channel, user: string, inviter: string | undefined): void;
}

export type NewMessage = Pick<Message, "channel" | "userId"> & Partial<Omit<Message, "ts" | "reactions">>;

const UNSET = {
  threadTs: undefined,
  botId: undefined,
  clientMsgId: undefined,
  isBroadcast: false,
  subtype: undefined,
  text: "",
  markdown: undefined,
  blocks: [],
  attachments: [],
  fileIds: [],
  metadata: undefined,
  edited: undefined,
  stream: undefined,
};

export class SlackWorld {
  readonly teams = new Map<string, Team>();
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, FileRecord>();
  readonly ephemerals: Ephemeral[] = [];
  readonly views: View[] = [];
  /** What Slack itself told a person, such as that a button did not answer. */
  readonly notices: { readonly user: string; readonly text: string }[] = [];
  readonly prompts: { readonly channel: string; readonly threadTs: string | undefined; readonly prompts: unknown }[] =
    [];
  readonly sessions = new Map<string, AgentSession>();
  readonly #statuses = new Map<string, ThreadStatus>();
  readonly #messages = new Map<string, Map<string, Message>>();
  readonly clock: Clock;
  readonly ids: SlackIds;
  readonly #hooks: WorldHooks;

  constructor(clock: Clock, ids: SlackIds, hooks: WorldHooks) {
    this.clock = clock;
    this.ids = ids;
    this.#hooks = hooks;
  }

  user(idOrName: string): User {
    const found = this.users.get(idOrName) ?? [...this.users.values()].find((user) => user.name === idOrName);
    if (!found) throw new Error(`no person ${idOrName}`);
    return found;
  }

  channel(idOrName: string): Channel {
    const bare = idOrName.replace(/^#/, "");
    const found = this.channels.get(bare) ?? [...this.channels.values()].find((channel) => channel.name === bare);
    if (!found) throw new Error(`no channel ${idOrName}`);
    return found;
  }

  addUser(user: Partial<User> & Pick<User, "name" | "teamId">): User {
    const added: User = {
      id: this.ids.next("U"),
      realName: user.name.replace(/^./, (first) => first.toUpperCase()),
      timeZone: "Europe/Berlin",
      locale: "en-US",
      isBot: false,
      botId: undefined,
      ...user,
    };
    this.users.set(added.id, added);
    return added;
  }

  addChannel(kind: ChannelKind, name: string, teamIds: readonly string[], members: readonly string[]): Channel {
    const channel: Channel = {
      id: this.ids.next(kind === "im" ? "D" : "C"),
      kind,
      name,
      created: Math.floor(this.clock.now() / 1000),
      teamIds,
      members: new Set(members),
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The conversation of just these people; made when it is missing. */
  direct(teamId: string, members: readonly string[]): Channel {
    const kind = members.length === 2 ? "im" : "mpim";
    const same = (channel: Channel): boolean =>
      channel.kind === kind &&
      channel.members.size === members.length &&
      members.every((id) => channel.members.has(id));
    const name = kind === "im" ? "directmessage" : `mpdm-${members.map((id) => this.user(id).name).join("--")}-1`;
    return [...this.channels.values()].find(same) ?? this.addChannel(kind, name, [teamId], members);
  }

  join(channel: Channel, userId: string, inviter?: string): void {
    if (channel.members.has(userId)) return;
    channel.members.add(userId);
    this.#hooks.joined(channel, userId, inviter);
  }

  post(message: NewMessage): Message {
    const posted: Message = {
      ...UNSET,
      teamId: this.user(message.userId).teamId,
      ...message,
      ts: this.ids.ts(),
      reactions: new Map(),
    };
    const inChannel = this.#messages.get(posted.channel) ?? new Map<string, Message>();
    this.#messages.set(posted.channel, inChannel);
    inChannel.set(posted.ts, posted);
    for (const fileId of posted.fileIds) {
      this.files.get(fileId)?.shares.push({ channel: posted.channel, ts: posted.ts, threadTs: posted.threadTs });
    }
    if (posted.botId !== undefined) this.setStatus(posted.channel, posted.threadTs ?? posted.ts, undefined);
    this.#hooks.posted(posted);
    return posted;
  }

  change(message: Message, change: (message: Message) => void, isTold = true): Message {
    const before = { ...message };
    change(message);
    if (isTold) this.#hooks.changed(message, before);
    return message;
  }

  delete(message: Message): void {
    const before = { ...message };
    const ts = this.ids.ts();
    if (this.replies(message).length === 0) {
      this.#messages.get(message.channel)?.delete(message.ts);
      this.#hooks.deleted(before, undefined, ts);
      return;
    }
    Object.assign(message, {
      ...UNSET,
      threadTs: message.threadTs,
      subtype: "tombstone",
      text: "This message was deleted.",
    });
    message.reactions.clear();
    this.#hooks.deleted(before, message, ts);
  }

  /** False when nothing changed: it was there already, or was not. */
  react(message: Message, user: string, name: string, isAdded: boolean): boolean {
    const users = message.reactions.get(name) ?? new Set();
    if (users.has(user) === isAdded) return false;
    if (isAdded) users.add(user);
    else users.delete(user);
    if (users.size > 0) message.reactions.set(name, users);
    else message.reactions.delete(name);
    this.#hooks.reacted(message, user, name, isAdded);
    return true;
  }

  message(channelId: string, ts: string): Message | undefined {
    const message = this.#messages.get(channelId)?.get(ts);
    if (message) this.#expire(message);
    return message;
  }

  /** All of a channel, or one thread with its root, oldest first. */
  messages(channel: string, threadTs?: string): readonly Message[] {
    const all = [...(this.#messages.get(this.channel(channel).id)?.values() ?? [])];
    for (const message of all) this.#expire(message);
    return threadTs === undefined ? all : all.filter(({ ts, threadTs: of }) => ts === threadTs || of === threadTs);
  }

  replies(root: Message): readonly Message[] {
    return this.messages(root.channel).filter((message) => message.threadTs === root.ts && message.ts !== root.ts);
  }

  /** A stream ends by itself: whoever looks at it sees that. */
  #expire({ stream }: Message): void {
    if (stream?.state === "streaming" && this.clock.now() - stream.startedAt >= STREAM_LIFE_MS)
      stream.state = "stopped";
  }

  /** What people read there, oldest first. */
  texts(channel: string, threadTs?: string): readonly string[] {
    return this.messages(channel, threadTs).map((message) => visibleText(message));
  }

  status(channel: string, threadTs: string): ThreadStatus | undefined {
    const status = this.#statuses.get(`${this.channel(channel).id}:${threadTs}`);
    return status && this.clock.now() - status.setAt < STATUS_LIFE_MS ? status : undefined;
  }

  setStatus(channelId: string, threadTs: string, status: ThreadStatus | undefined): void {
    if (status) this.#statuses.set(`${channelId}:${threadTs}`, status);
    else this.#statuses.delete(`${channelId}:${threadTs}`);
  }

  session(channel: string, threadTs: string): AgentSession | undefined {
    return this.sessions.get(`${this.channel(channel).id}:${threadTs}`);
  }

  setSession(channelId: string, threadTs: string, change: Partial<AgentSession>): AgentSession {
    const key = `${channelId}:${threadTs}`;
    const session = { status: "active" as const, title: undefined, ...this.sessions.get(key), ...change };
    this.sessions.set(key, session);
    return session;
  }
}
