// Whom an answer is for. In a shared thread where several people have asked, it begins with the name of who asked this.

import type { ChannelLedger } from "../../../core/channel.ts";
import { EXTERNAL, type Sender, type SessionKey, type StoredMessage } from "../../../core/message.ts";
import type { ReplyPlace } from "../reply-place.ts";

export interface Addressed {
  /** Stands before the answer; empty where it is clear whom it is for. */
  readonly salutation: string;
  readonly mayMention: ReadonlySet<string>;
}

const NAMED_MAX = 5;
const USER = /^slack:([UW][A-Z0-9]+)$/;

export async function addressed(
  ledger: Pick<ChannelLedger, "askers">,
  session: SessionKey,
  place: ReplyPlace,
  messages: readonly StoredMessage[],
  /** When it was said: every try finds the same. */
  then?: number,
): Promise<Addressed> {
  const users = messages.flatMap(({ sender }) => userOf(sender.id) ?? []);
  const askers = [...new Set(messages.length > 0 ? users : [place.user])];
  const mayMention = new Set(askers);
  if (place.isDm || askers.length === 0) return { salutation: "", mayMention };
  if ((await ledger.askers(session, then)).length < 2) return { salutation: "", mayMention };
  const names = askers.slice(0, NAMED_MAX).map((user) => `<@${user}>`);
  return { salutation: names.join(" "), mayMention };
}

/** One person, by name where Slack does not know them as one of ours. */
export function calling({ id, name }: Sender): Addressed {
  const user = id.endsWith(EXTERNAL) ? undefined : userOf(id);
  return user === undefined
    ? { salutation: `@${name}`, mayMention: new Set() }
    : { salutation: `<@${user}>`, mayMention: new Set([user]) };
}

/** A block that the salutation would break by standing before it in its line. */
const BLOCK = /^\s*(?:[#>|`~*+-]|\d+[.)]|<)/;

export const withSalutation = (salutation: string, text: string): string => {
  if (salutation === "" || text === "") return text;
  return `${salutation}${BLOCK.test(text) ? "\n\n" : " "}${text}`;
};

const userOf = (person: string): string | undefined =>
  USER.exec(person.endsWith(EXTERNAL) ? person.slice(0, -EXTERNAL.length) : person)?.[1];
