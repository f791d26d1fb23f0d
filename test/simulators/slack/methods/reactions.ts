// reactions.add and reactions.remove.

import { joinedChannel, type MethodContext, type Methods, method, text, timestamp } from "../method.ts";
import { SlackError } from "../slack-error.ts";

const takes = { channel: text, name: text, timestamp };

function react(
  given: { readonly channel: string; readonly name: string; readonly timestamp: string },
  context: MethodContext,
  isAdded: boolean,
): Record<string, never> {
  const channel = joinedChannel(context, given.channel);
  const message = context.world.message(channel.id, given.timestamp);
  if (!message) throw new SlackError("message_not_found");
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(given.name)) throw new SlackError("invalid_name");
  const isNew = context.world.react(message, context.installation.botUserId, given.name, isAdded);
  if (!isNew) throw new SlackError(isAdded ? "already_reacted" : "no_reaction");
  return {};
}

export const reactionMethods: Methods = {
  "reactions.add": method({
    tier: 3,
    scopes: ["reactions:write"],
    takes,
    run: (given, context) => react(given, context, true),
  }),
  "reactions.remove": method({
    tier: 2,
    scopes: ["reactions:write"],
    takes,
    run: (given, context) => react(given, context, false),
  }),
};
