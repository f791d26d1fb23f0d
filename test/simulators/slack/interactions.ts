// The payloads of a click and of a slash command.

import type { Block, Channel, Ephemeral, Installation, Message, User } from "./records.ts";
import type { Triggers } from "./triggers.ts";
import { messageShape, type Place, present, type Wire } from "./wire-shapes.ts";
import type { SlackWorld } from "./world.ts";

export interface InteractionParts {
  readonly world: SlackWorld;
  readonly triggers: Triggers;
  readonly place: Place;
  readonly installation: Installation;
}

interface FoundAction {
  readonly blockId: string;
  readonly element: Wire;
  /** What the person chose of several: feedback buttons. */
  readonly value: unknown;
}

const isRecord = (value: unknown): value is Wire =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const label = (value: unknown): unknown => (isRecord(value) && isRecord(value.text) ? value.text.text : undefined);

/** By action id, block id and all, or by what stands on the button. */
export function findAction(blocks: readonly Block[], action: string): FoundAction {
  const seen: string[] = [];
  for (const block of blocks) {
    const elements: readonly unknown[] = [...(Array.isArray(block.elements) ? block.elements : []), block.accessory];
    for (const element of elements) {
      if (!isRecord(element)) continue;
      const choices = [element, element.positive_button, element.negative_button].filter(isRecord);
      for (const choice of choices) {
        seen.push(String(label(choice) ?? element.action_id));
        const isChosen = label(choice) === action || (choice === element && element.action_id === action);
        if (isChosen) return { blockId: block.block_id ?? "", element, value: choice.value };
      }
    }
  }
  throw new Error(`nothing to click is called ${action}; there is: ${seen.join(", ") || "nothing"}`);
}

/** Who clicked or commanded. */
export const actorOf = (payload: Wire): string => String(isRecord(payload.user) ? payload.user.id : payload.user_id);

const named = ({ world }: InteractionParts, user: User): Wire => {
  const team = world.teams.get(user.teamId);
  return { user: { id: user.id, username: user.name, name: user.name, team_id: team?.id } };
};

const responseUrl = (parts: InteractionParts, user: User, channel: string, message?: Message | Ephemeral): string => {
  const clicked = message && { ts: message.ts, isEphemeral: "to" in message, threadTs: message.threadTs };
  const target = { teamId: parts.installation.teamId, channel, user: user.id, message: clicked };
  return `${parts.place.baseUrl()}${parts.triggers.responsePath(target)}`;
};

export function blockActions(
  parts: InteractionParts,
  user: User,
  message: Message | Ephemeral,
  { blockId, element, value }: FoundAction,
): Wire {
  const { world, place, installation, triggers } = parts;
  const channel = world.channel(message.channel);
  const team = world.teams.get(installation.teamId);
  const isEphemeral = "to" in message;
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  const container = {
    type: "message",
    message_ts: message.ts,
    channel_id: channel.id,
    is_ephemeral: isEphemeral,
    ...thread,
  };
  const chosen = element.type === "button" ? { text: element.text, value: element.value } : { value };
  return present({
    type: "block_actions",
    ...named(parts, user),
    api_app_id: place.appId,
    token: "unused",
    container,
    trigger_id: triggers.trigger(user.id),
    team: { id: team?.id, domain: team?.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel.id, name: channel.name },
    message: isEphemeral ? undefined : messageShape(world, place, message),
    state: { values: {} },
    response_url: responseUrl(parts, user, channel.id, message),
    actions: [
      present({
        action_id: element.action_id,
        block_id: blockId,
        type: element.type,
        ...chosen,
        action_ts: world.ids.ts(),
      }),
    ],
  });
}

export function slashCommand(
  parts: InteractionParts,
  user: User,
  channel: Channel,
  command: string,
  text: string,
): Wire {
  const team = parts.world.teams.get(parts.installation.teamId);
  return {
    token: "unused",
    team_id: team?.id,
    team_domain: team?.domain,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: parts.place.appId,
    // A string over HTTP, where every field is one.
    is_enterprise_install: false,
    response_url: responseUrl(parts, user, channel.id),
    trigger_id: parts.triggers.trigger(user.id),
  };
}
