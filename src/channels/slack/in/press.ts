// A press of a button under one of our messages: acknowledged at once, decided by the ledger, answered to whoever pressed.

import type { Buttons } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import type { Whispers } from "../out/whisper.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { blockActions } from "./slack-events.ts";
import type { Names } from "./slack-names.ts";
import { senderOf } from "./standing.ts";

/** Begins the `action_id` of our buttons; the `value` is the button's id. */
export const BUTTON_PREFIX = "signalbox:";
const ID_CHARS_MAX = 200;

export interface PressParts {
  readonly buttons: Pick<Buttons, "press">;
  readonly names: Names;
  readonly whispers: Whispers;
  readonly identity: () => Promise<SlackIdentity>;
  readonly log: Log;
}

export function createPress({ buttons, names, whispers, identity, log }: PressParts): (body: unknown) => Promise<void> {
  async function press(body: unknown): Promise<void> {
    const parsed = blockActions.safeParse(body);
    if (!parsed.success) return log.warn("a press is not understood");
    const { user, team, channel, message, container, response_url, actions } = parsed.data;
    const { team: ourTeam } = await identity();
    const id = actions.find(({ action_id }) => action_id.startsWith(BUTTON_PREFIX))?.value;
    if (team && team.id !== ourTeam) return log.warn("a press in another workspace", { team: team.id });
    if (id === undefined || id.length > ID_CHARS_MAX || !channel) return log.warn("a press without a button of ours");
    const person = await names.person(user.id);
    const standing = { user: user.id, name: person.name, team: user.team_id ?? person.team, isShared: undefined };
    const { text } = await buttons.press({ id, by: senderOf(standing, ourTeam) });
    const shownIn = container?.thread_ts ?? message?.thread_ts ?? null;
    const responseUrl = response_url ?? null;
    const outcome = await whispers.say(
      { team: ourTeam, channel: channel.id, user: user.id, isWhisper: true, responseUrl, shownIn },
      text,
      new AbortController().signal,
    );
    if (outcome.status !== "sent") log.warn("who pressed was not answered", { why: outcome.reason });
  }

  return async (body) => {
    // Not awaited: a press is not sent again, so waiting would only make it look broken.
    press(body).catch((error: unknown) => log.error("a press failed", { error }));
  };
}
