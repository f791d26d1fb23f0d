// Names of people by their open id: from the mentions that pass by, the contact API, the members of the chat. Without any right to
// know, a person is called by the end of the id.

import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import type { Asking } from "../asking.ts";
import { createBoundedMap } from "../bounded-map.ts";

export interface Names {
  of(openId: string, chat: string): Promise<string>;
  learn(openId: string, name: string): void;
}

const PERSON = "ou_";
const NAMES_MAX = 5_000;
const KNOWN_MS = 24 * 60 * 60_000;
/** How long nobody is asked again where nobody told. */
const UNKNOWN_MS = 10 * 60_000;

const person = z.object({ user: z.object({ name: z.string().trim().min(1).max(200) }) });
const members = z.object({
  items: z.array(z.object({ member_id: z.string(), name: z.string().trim().min(1).max(200) })),
});

export function createNames({ asking, clock }: { asking: Asking; clock: Pick<Clock, "now"> }): Names {
  const names = createBoundedMap<string>(clock, NAMES_MAX);
  const learn: Names["learn"] = (openId, name) => names.set(openId, name, KNOWN_MS);

  async function ask(openId: string, chat: string): Promise<string | undefined> {
    const told = await asking.get(`/contact/v3/users/${encodeURIComponent(openId)}`, { user_id_type: "open_id" });
    const name = person.safeParse(told).data?.user.name;
    if (name !== undefined) return name;
    const listed = await asking.get(`/im/v1/chats/${encodeURIComponent(chat)}/members`, {
      member_id_type: "open_id",
      page_size: "100",
    });
    const known = members.safeParse(listed).data?.items ?? [];
    for (const one of known) learn(one.member_id, one.name);
    return known.find(({ member_id }) => member_id === openId)?.name;
  }

  return {
    learn,
    of: async (openId, chat) => {
      const known = names.get(openId);
      if (known !== undefined) return known;
      const name = openId.startsWith(PERSON) ? await ask(openId, chat) : undefined;
      if (name !== undefined) {
        learn(openId, name);
        return name;
      }
      const standIn = `user ${openId.slice(-6)}`;
      names.set(openId, standIn, UNKNOWN_MS);
      return standIn;
    },
  };
}
