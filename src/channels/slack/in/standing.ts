// Who somebody is to us: the person's id and name, and whether he is of another organisation (least rights).

import { EXTERNAL, type Sender } from "../../../core/message.ts";

export interface Standing {
  readonly user: string;
  readonly name: string;
  /** The person's own workspace, as far as Slack told. */
  readonly team: string | undefined;
  /** Whether the channel is shared with another organisation, as far as Slack told. */
  readonly isShared: boolean | undefined;
}

export function senderOf({ user, name, team, isShared }: Standing, ourTeam: string): Sender {
  const isExternal = isShared !== false && (team === undefined ? isShared === true : team !== ourTeam);
  return { id: `slack:${user}${isExternal ? EXTERNAL : ""}`, name };
}
