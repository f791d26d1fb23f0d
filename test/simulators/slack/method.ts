// What a Web API method is here, and the argument types Slack knows, from a form as from JSON.

import { z } from "zod";
import type { Clock } from "../../../src/core/clock.ts";
import type { SlackEvents } from "./events.ts";
import { PAGE_DEFAULT, PAGE_MAX } from "./limits.ts";
import type { Tier } from "./rate-tiers.ts";
import type { Channel, Installation, Message } from "./records.ts";
import { SlackError } from "./slack-error.ts";
import type { SocketGateway } from "./socket-gateway.ts";
import type { Triggers } from "./triggers.ts";
import type { Place, Wire } from "./wire-shapes.ts";
import type { SlackWorld } from "./world.ts";

export interface MethodContext {
  readonly world: SlackWorld;
  readonly events: SlackEvents;
  readonly sockets: SocketGateway;
  readonly triggers: Triggers;
  readonly place: Place;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly historyPageMax: number | undefined;
  readonly violated: (rule: string, detail: string) => void;
}

export interface Method {
  readonly tier: Tier;
  /** Any one of them; none: every token will do. */
  readonly scopes: readonly string[];
  /** Methods that are not ignore a JSON body. */
  readonly takesJson: boolean;
  /** Called with the app-level token instead of the bot's. */
  readonly isAppLevel: boolean;
  readonly argumentNames: readonly string[];
  run(callArguments: Wire, context: MethodContext): Wire;
}

export type Methods = Readonly<Record<string, Method>>;

interface MethodSpec<Shape extends z.ZodRawShape> {
  readonly tier: Tier;
  readonly scopes?: readonly string[];
  readonly takesJson?: boolean;
  readonly isAppLevel?: boolean;
  readonly takes: Shape;
  run(callArguments: z.output<z.ZodObject<Shape>>, context: MethodContext): Wire;
}

export function method<Shape extends z.ZodRawShape>(spec: MethodSpec<Shape>): Method {
  const schema = z.object(spec.takes);
  return {
    tier: spec.tier,
    scopes: spec.scopes ?? [],
    takesJson: spec.takesJson ?? true,
    isAppLevel: spec.isAppLevel ?? false,
    argumentNames: Object.keys(spec.takes),
    run(callArguments, context) {
      const parsed = schema.safeParse(callArguments);
      if (parsed.success) return { ok: true, ...spec.run(parsed.data, context) };
      const reasons = parsed.error.issues.map(({ path, message }) =>
        callArguments[String(path[0])] === undefined
          ? `[ERROR] missing required field: ${String(path[0])}`
          : `[ERROR] ${message} [json-pointer:/${path.join("/")}]`,
      );
      context.violated("invalid-arguments", reasons.join("; "));
      throw new SlackError("invalid_arguments", reasons);
    },
  };
}

/** A form has only strings: a structure comes as JSON text. */
const fromText = (value: unknown): unknown => {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

export const text = z.string();
export const timestamp = z.string().regex(/^\d+\.\d{6}$/, "not a message timestamp");
export const flag = z.preprocess(
  (value) => (value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : value),
  z.boolean(),
);
export const count = z.preprocess((value) => (typeof value === "string" ? Number(value) : value), z.int().min(0));
export const json = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(fromText, schema);
export const structures = json(z.array(z.record(z.string(), z.unknown())));

/** A conversation the bot can see; else Slack says that there is none. */
export function seenChannel(context: MethodContext, id: string): Channel {
  const channel = context.world.channels.get(id);
  const { teamId, botUserId } = context.installation;
  const isHidden = channel?.kind !== "public" && !channel?.members.has(botUserId);
  if (!channel || isHidden || !channel.teamIds.includes(teamId)) throw new SlackError("channel_not_found");
  return channel;
}

export function joinedChannel(context: MethodContext, id: string): Channel {
  const channel = seenChannel(context, id);
  if (!channel.members.has(context.installation.botUserId)) throw new SlackError("not_in_channel");
  return channel;
}

/** Where a post goes: a channel, or a person's id for their direct messages. */
export function postChannel(context: MethodContext, id: string): Channel {
  const { teamId, botUserId } = context.installation;
  if (context.world.users.has(id) && id !== botUserId) return context.world.direct(teamId, [id, botUserId]);
  return joinedChannel(context, id);
}

/** The root a reply may hang under. */
export function threadRoot(context: MethodContext, channel: Channel, threadTs: string, code: string): Message {
  const root = context.world.message(channel.id, threadTs);
  if (root?.threadTs !== undefined) {
    context.violated("reply-as-thread", `thread_ts ${threadTs} is the ts of a reply in ${channel.name}`);
    throw new SlackError(code);
  }
  if (!root) throw new SlackError(code);
  return root;
}

export function ownMessage(context: MethodContext, channel: Channel, ts: string, code: string): Message {
  const message = context.world.message(channel.id, ts);
  if (!message || message.subtype === "tombstone") throw new SlackError("message_not_found");
  if (message.botId !== context.installation.botId) throw new SlackError(code);
  return message;
}

const CURSOR = /^next:(\d+)$/;

/** One page of a list; the cursor is opaque to the bot. */
export function page<Item>(
  items: readonly Item[],
  asked: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  pageMax = PAGE_MAX,
): { readonly items: readonly Item[]; readonly hasMore: boolean; readonly response_metadata: Wire } {
  const from = asked.cursor ? CURSOR.exec(Buffer.from(asked.cursor, "base64").toString())?.[1] : "0";
  if (from === undefined) throw new SlackError("invalid_cursor");
  const limit = asked.limit === 0 || asked.limit === undefined ? PAGE_DEFAULT : asked.limit;
  if (limit > 1000) throw new SlackError("invalid_limit");
  const until = Number(from) + Math.min(limit, pageMax);
  const hasMore = until < items.length;
  const next = hasMore ? Buffer.from(`next:${until}`).toString("base64") : "";
  return { items: items.slice(Number(from), until), hasMore, response_metadata: { next_cursor: next } };
}
