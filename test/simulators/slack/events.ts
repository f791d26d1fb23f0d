// Turns what happens in the world into the events Slack sends the app: one message, one event, except a mention, which gives two.

import type { Channel, Installation, Message } from "./records.ts";
import { messageShape, type Place, present, type Wire } from "./wire-shapes.ts";
import type { SlackWorld, WorldHooks } from "./world.ts";

/** Hands a whole payload to delivery. */
export type EventPost = (payload: Wire) => void;

const CHANNEL_TYPE = { public: "channel", private: "group", im: "im", mpim: "mpim" } as const;
const SUBSCRIPTION = { public: "message.channels", private: "message.groups", im: "message.im", mpim: "message.mpim" };

export const ALL_EVENTS = [
  ...["app_mention", ...Object.values(SUBSCRIPTION), "app_home_opened", "app_context_changed", "agent_session_stopped"],
  ...["agent_session_title_changed", "reaction_added", "reaction_removed", "member_joined_channel"],
  ...["app_uninstalled", "tokens_revoked"],
];

export class SlackEvents implements WorldHooks {
  readonly #world: () => SlackWorld;
  readonly #place: Place;
  readonly #subscriptions: ReadonlySet<string>;
  readonly #post: EventPost;

  constructor(world: () => SlackWorld, place: Place, subscriptions: ReadonlySet<string>, post: EventPost) {
    this.#world = world;
    this.#place = place;
    this.#subscriptions = subscriptions;
    this.#post = post;
  }

  isSubscribed(name: string): boolean {
    return this.#subscriptions.has(name);
  }

  posted(message: Message): void {
    this.#message(message, this.#shape(message), message.teamId);
    if (!message.subtype || message.subtype === "file_share") this.#mention(message);
  }

  changed(message: Message, before: Message): void {
    const ts = this.#world().ids.ts();
    const shown = this.#shape(message);
    const change = { subtype: "message_changed", message: shown, previous_message: this.#shape(before), hidden: true };
    this.#message(message, { type: "message", ...change, ts, event_ts: ts }, message.teamId);
    if (message.text !== before.text && !this.#mentioned(before)) this.#mention(message);
  }

  deleted(before: Message, tombstone: Message | undefined, ts: string): void {
    const previous = { previous_message: this.#shape(before), hidden: true, ts, event_ts: ts };
    const event = tombstone
      ? { type: "message", subtype: "message_changed", message: this.#shape(tombstone), ...previous }
      : { type: "message", subtype: "message_deleted", deleted_ts: before.ts, ...previous };
    this.#message(before, event, before.teamId);
  }

  reacted(message: Message, user: string, name: string, isAdded: boolean): void {
    const type = isAdded ? "reaction_added" : "reaction_removed";
    const reactor = this.#world().user(user);
    const item = { type: "message", channel: message.channel, ts: message.ts };
    const channel = this.#world().channel(message.channel);
    this.#inChannel(channel, { type, user, reaction: name, item, item_user: message.userId }, type, reactor.teamId);
  }

  joined(channel: Channel, user: string, inviter: string | undefined): void {
    const world = this.#world();
    const team = world.user(user).teamId;
    world.post({
      channel: channel.id,
      userId: user,
      subtype: "channel_join",
      text: `<@${user}> has joined the channel`,
    });
    const event = { type: "member_joined_channel", user, channel: channel.id, team, inviter };
    const channelType = channel.kind === "public" ? "C" : "G";
    this.#inChannel(channel, { ...event, channel_type: channelType }, "member_joined_channel", team);
  }

  /** An event of one person in one conversation: home opened, session stopped, title changed. */
  told(channel: Channel, event: Wire & { readonly type: string }): void {
    this.#inChannel(channel, event, event.type, channel.teamIds[0] ?? "");
  }

  uninstalled({ teamId, botUserId }: Installation): void {
    const tokens = { type: "tokens_revoked", tokens: { bot: [botUserId] } };
    for (const event of [tokens, { type: "app_uninstalled" }]) {
      if (this.#subscriptions.has(event.type)) this.#post(this.#envelope(event, teamId, { teamId, botUserId }));
    }
  }

  /** The bare outer payload: no `event` inside. */
  rateLimited(teamId: string): void {
    const minute = Math.floor(this.#world().clock.now() / 60_000) * 60;
    const type = "app_rate_limited";
    this.#post({ token: "unused", type, team_id: teamId, minute_rate_limited: minute, api_app_id: this.#place.appId });
  }

  #shape(message: Message): Wire {
    return messageShape(this.#world(), this.#place, message);
  }

  #message(message: Message, shape: Wire, senderTeam: string): void {
    const channel = this.#world().channel(message.channel);
    const context = { channel: message.channel, event_ts: shape.ts, channel_type: CHANNEL_TYPE[channel.kind] };
    this.#inChannel(
      channel,
      { ...this.#toldFields(message, channel, shape), ...context },
      SUBSCRIPTION[channel.kind],
      senderTeam,
    );
  }

  /** What an event adds to the kept message: the stranger's profile, the agent's token; Connect hides files. */
  #toldFields(message: Message, channel: Channel, shape: Wire): Wire {
    const { reply_count, reply_users_count, latest_reply, reply_users, reactions, ...told } = shape;
    const owner = channel.teamIds[0];
    const isHumanDm = channel.kind === "im" && message.botId === undefined && told.subtype === undefined;
    const agent = isHumanDm ? { assistant_thread: { action_token: `${message.ts}.${channel.id}` } } : {};
    if (message.teamId === owner) return { ...told, ...agent };
    const user = this.#world().user(message.userId);
    const names = { name: user.name, real_name: user.realName, display_name: user.name, first_name: user.realName };
    const files = Array.isArray(told.files)
      ? { files: message.fileIds.map((id) => ({ id, mode: "file_access", file_access: "check_file_info" })) }
      : {};
    const profile = { ...names, team: user.teamId, is_restricted: false };
    return { ...told, ...files, user_team: user.teamId, source_team: user.teamId, user_profile: profile };
  }

  #mentioned(message: Message): boolean {
    return [...this.#world().teams.values()].some(({ installation }) =>
      installation ? message.text.includes(`<@${installation.botUserId}>`) : false,
    );
  }

  #mention(message: Message): void {
    const channel = this.#world().channel(message.channel);
    if (channel.kind === "im" || message.botId !== undefined) return;
    const told = this.#toldFields(message, channel, this.#shape(message));
    const { subtype, parent_user_id, streaming_state, ...shape } = told;
    const event = { ...shape, type: "app_mention", channel: channel.id, event_ts: message.ts };
    this.#inChannel(channel, event, "app_mention", message.teamId, (bot) => message.text.includes(`<@${bot}>`));
  }

  /** To each workspace's installation that is a member. */
  #inChannel(
    channel: Channel,
    event: Wire,
    subscription: string,
    senderTeam: string,
    concerns: (botUserId: string) => boolean = () => true,
  ): void {
    if (!this.#subscriptions.has(subscription)) return;
    const world = this.#world();
    for (const teamId of channel.teamIds) {
      const installation = world.teams.get(teamId)?.installation;
      if (!installation || !channel.members.has(installation.botUserId) || !concerns(installation.botUserId)) continue;
      this.#post(this.#envelope(event, senderTeam, installation, channel));
    }
  }

  #envelope(event: Wire, senderTeam: string, to: Pick<Installation, "teamId" | "botUserId">, channel?: Channel): Wire {
    const { ids, clock } = this.#world();
    const { teamId, botUserId } = to;
    const isMention = event.type === "app_mention";
    const authorization = { enterprise_id: null, team_id: teamId, user_id: botUserId };
    const context = JSON.stringify({ et: event.type, tid: teamId, cid: channel?.id });
    return present({
      token: "unused",
      team_id: senderTeam,
      context_team_id: isMention ? undefined : teamId,
      context_enterprise_id: isMention ? undefined : null,
      api_app_id: this.#place.appId,
      event: { event_ts: ids.ts(), ...event },
      type: "event_callback",
      event_id: ids.next("Ev"),
      event_time: Math.floor(clock.now() / 1000),
      authorizations: [{ ...authorization, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: (channel?.teamIds.length ?? 0) > 1,
      event_context: `4-${Buffer.from(context).toString("base64")}`,
    });
  }
}
