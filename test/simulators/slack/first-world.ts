// The world a simulation begins with: one workspace with the app in it, a neighbour shared over Slack Connect, a few people.

import type { SlackIds } from "./clock-ids.ts";
import type { Channel, Installation, Team, User } from "./records.ts";
import type { SlackWorld } from "./world.ts";

export const BOT_NAME = "bot";

export interface FirstWorld {
  readonly installation: Installation;
  /** alice and bob are colleagues; zoe is a stranger of another workspace. */
  readonly users: { readonly alice: User; readonly bob: User; readonly zoe: User };
  /** The bot is in general, secret and shared, not in random. */
  readonly channels: {
    readonly general: Channel;
    readonly random: Channel;
    readonly secret: Channel;
    readonly shared: Channel;
  };
}

/** A workspace; with the app: its own bot user and token. */
export function addTeam(world: SlackWorld, ids: SlackIds, name: string, isInstalled: boolean): Team {
  const id = ids.next("T");
  const installation = isInstalled
    ? {
        teamId: id,
        botUserId: ids.next("U"),
        botId: ids.next("B"),
        botToken: `xoxb-${ids.letters(12)}-${ids.letters(24)}`,
      }
    : undefined;
  const team: Team = { id, name, domain: name.toLowerCase(), installation };
  world.teams.set(id, team);
  if (installation) {
    const { botUserId, botId } = installation;
    world.addUser({ id: botUserId, teamId: id, name: BOT_NAME, realName: "Assistant", isBot: true, botId });
  }
  return team;
}

export function firstWorld(world: SlackWorld, ids: SlackIds): FirstWorld {
  const home = addTeam(world, ids, "Acme", true);
  const neighbour = addTeam(world, ids, "Globex", false);
  if (!home.installation) throw new Error("the first workspace has the app");
  const bot = home.installation.botUserId;
  const alice = world.addUser({ name: "alice", teamId: home.id });
  const bob = world.addUser({ name: "bob", teamId: home.id });
  const zoe = world.addUser({ name: "zoe", teamId: neighbour.id });
  const members = [alice.id, bob.id];
  return {
    installation: home.installation,
    users: { alice, bob, zoe },
    channels: {
      general: world.addChannel("public", "general", [home.id], [...members, bot]),
      random: world.addChannel("public", "random", [home.id], members),
      secret: world.addChannel("private", "secret", [home.id], [alice.id, bot]),
      shared: world.addChannel("public", "shared", [home.id, neighbour.id], [...members, zoe.id, bot]),
    },
  };
}
