// People act: they write, edit, delete, react, click, command and stop, and Slack tells the app exactly what it would.

import type { Delivery, DeliveryKind } from "./deliveries.ts";
import type { SlackEvents } from "./events.ts";
import { fileTypeOf } from "./file-transfer.ts";
import { keptText, richText } from "./human-text.ts";
import { blockActions, findAction, slashCommand } from "./interactions.ts";
import { keptBlocks } from "./markdown-blocks.ts";
import type { Block, Channel, Ephemeral, Installation, Message, User } from "./records.ts";
import type { Triggers } from "./triggers.ts";
import type { Place, Wire } from "./wire-shapes.ts";
import type { SlackWorld } from "./world.ts";

export interface FileToShare {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mimetype?: string;
}

export interface SayOptions {
  /** The thread's root, or its ts. */
  readonly thread?: string | Message;
  readonly files?: readonly FileToShare[];
  readonly blocks?: readonly Block[];
  readonly attachments?: readonly unknown[];
  /** Puts the bot's mention before the text. */
  readonly mention?: boolean;
  /** The text is as Slack keeps it already: `<@U...>`, `&lt;`. */
  readonly isKeptText?: boolean;
  /** Sends the reply to the channel as well. */
  readonly broadcast?: boolean;
}

export interface PeopleParts {
  readonly world: SlackWorld;
  readonly events: SlackEvents;
  readonly triggers: Triggers;
  readonly place: Place;
  readonly installation: Installation;
  readonly deliver: (kind: DeliveryKind, payload: Wire) => Delivery;
}

/** People and channels are given by name or id. */
export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  say(user: string, channel: string, text: string, options: SayOptions = {}): Message {
    const { world } = this.#parts;
    const speaker = world.user(user);
    const where = world.channel(channel);
    if (!where.members.has(speaker.id)) throw new Error(`${speaker.name} is not in ${where.name}`);
    const root = typeof options.thread === "string" ? options.thread : options.thread?.ts;
    if (root !== undefined && world.message(where.id, root) === undefined)
      throw new Error(`no message ${root} in ${where.name}`);
    const typed = options.isKeptText ? text : keptText(world, text);
    const kept = options.mention ? `<@${this.#botOf(where)}> ${typed}` : typed;
    const fileIds = (options.files ?? []).map((file) => this.#share(speaker, file));
    return world.post({
      channel: where.id,
      userId: speaker.id,
      threadTs: root === undefined ? undefined : (world.message(where.id, root)?.threadTs ?? root),
      clientMsgId: world.ids.uuid(),
      isBroadcast: options.broadcast ?? false,
      subtype: fileIds.length > 0 ? "file_share" : undefined,
      text: kept,
      blocks: options.blocks ?? (kept === "" ? [] : [richText(kept, world.ids.letters(5))]),
      attachments: options.attachments ?? [],
      fileIds,
    });
  }

  /** In direct messages with the bot. */
  dm(user: string, text: string, options: SayOptions = {}): Message {
    return this.say(user, this.direct(user).id, text, options);
  }

  /** The person's direct messages with the bot, opened when they are not. */
  direct(user: string): Channel {
    const { world, installation } = this.#parts;
    return world.direct(installation.teamId, [world.user(user).id, installation.botUserId]);
  }

  edit(user: string, message: Message, text: string): Message {
    const { world } = this.#parts;
    const editor = world.user(user);
    if (message.userId !== editor.id) throw new Error(`${editor.name} did not write that`);
    const kept = keptText(world, text);
    return world.change(message, (changed) => {
      changed.text = kept;
      changed.blocks = [richText(kept, world.ids.letters(5))];
      changed.edited = { user: editor.id, ts: world.ids.ts() };
    });
  }

  /** Slack shows a link's preview: a change without an edit. */
  unfurl(message: Message): Message {
    return this.#parts.world.change(message, (changed) => {
      changed.attachments = [{ id: 1, from_url: "https://example.com", fallback: "Example", title: "Example" }];
    });
  }

  delete(message: Message): void {
    this.#parts.world.delete(message);
  }

  react(user: string, message: Message, name: string): boolean {
    return this.#parts.world.react(message, this.#parts.world.user(user).id, name, true);
  }

  unreact(user: string, message: Message, name: string): boolean {
    return this.#parts.world.react(message, this.#parts.world.user(user).id, name, false);
  }

  join(user: string, channel: string): void {
    this.#parts.world.join(this.#parts.world.channel(channel), this.#parts.world.user(user).id);
  }

  /** Somebody invites the bot. */
  inviteBot(user: string, channel: string): void {
    const { world } = this.#parts;
    const where = world.channel(channel);
    world.join(where, this.#botOf(where), world.user(user).id);
  }

  /** Clicks the button with this action id or label. */
  click(user: string, message: Message | Ephemeral, action: string): Delivery {
    const clicker = this.#parts.world.user(user);
    if ("to" in message && message.to !== clicker.id) throw new Error(`${clicker.name} does not see that message`);
    const element = findAction(keptBlocks(message.markdown, message.blocks, message.ts), action);
    return this.#parts.deliver("interactive", blockActions(this.#parts, clicker, message, element));
  }

  command(user: string, command: string, text = "", channel?: string): Delivery {
    const where = channel === undefined ? this.direct(user) : this.#parts.world.channel(channel);
    return this.#parts.deliver(
      "slash_commands",
      slashCommand(this.#parts, this.#parts.world.user(user), where, command, text),
    );
  }

  /** The stop button, which is there only while the session is processing. */
  stopSession(user: string, channel: string, threadTs: string): void {
    const { world, events } = this.#parts;
    const where = world.channel(channel);
    if (!events.isSubscribed("agent_session_stopped")) throw new Error("no stop button without agent_session_stopped");
    if (world.session(where.id, threadTs)?.status !== "processing") {
      throw new Error("no stop button is shown: the session is not processing");
    }
    const streaming = world.messages(where.id, threadTs).filter(({ stream }) => stream?.state === "streaming");
    for (const { stream } of streaming) if (stream) stream.state = "stopped-by-user";
    const ended = { thread_ts: threadTs, streaming_message_ts: streaming.map(({ ts }) => ts) };
    events.told(where, { type: "agent_session_stopped", channel: where.id, user: world.user(user).id, ...ended });
  }

  renameSession(user: string, channel: string, threadTs: string, title: string): void {
    const { world, events } = this.#parts;
    const { id: userId, teamId } = world.user(user);
    const where = world.channel(channel);
    const previous = world.session(where.id, threadTs)?.title;
    world.setSession(where.id, threadTs, { title });
    const named = { team_id: teamId, thread_ts: threadTs, title, ...(previous ? { previous_title: previous } : {}) };
    events.told(where, { type: "agent_session_title_changed", channel: where.id, user: userId, ...named });
  }

  openHome(user: string, tab: "home" | "messages" = "messages"): Channel {
    const channel = this.direct(user);
    const { world, events } = this.#parts;
    events.told(channel, { type: "app_home_opened", user: world.user(user).id, channel: channel.id, tab });
    return channel;
  }

  /** What the person looks at, beside the conversation with the agent. */
  lookAt(user: string, channel: string): void {
    const { world, events } = this.#parts;
    const home = this.direct(user);
    const { id, teamIds } = world.channel(channel);
    const entities = [{ type: "slack#/types/channel_id", value: id, team_id: teamIds[0] }];
    const event = { user: world.user(user).id, channel: home.id, context: { entities } };
    events.told(home, { type: "app_context_changed", ...event });
  }

  #botOf(channel: Channel): string {
    const installed = channel.teamIds.flatMap((id) => this.#parts.world.teams.get(id)?.installation ?? []);
    return installed[0]?.botUserId ?? this.#parts.installation.botUserId;
  }

  #share(user: User, { name, content, mimetype }: FileToShare): string {
    const { world } = this.#parts;
    const bytes = Buffer.from(content);
    const id = world.ids.next("F");
    world.files.set(id, {
      id,
      teamId: user.teamId,
      name,
      title: name,
      mimetype: mimetype ?? fileTypeOf(name),
      userId: user.id,
      created: Math.floor(world.clock.now() / 1000),
      expectedLength: bytes.length,
      content: bytes,
      shares: [],
      isComplete: true,
    });
    return id;
  }
}
