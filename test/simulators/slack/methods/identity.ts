// Who is who: auth.test, users, bots, the workspace, and the ticket for a socket.

import { count, flag, type Methods, method, page, text } from "../method.ts";
import { SlackError } from "../slack-error.ts";
import { present, userShape } from "../wire-shapes.ts";

export const identityMethods: Methods = {
  "auth.test": method({
    tier: "special",
    takes: {},
    run(_given, { world, installation, place }) {
      const team = world.teams.get(installation.teamId);
      return {
        url: `https://${team?.domain}.slack.com/`,
        team: team?.name,
        user: place.appName,
        team_id: installation.teamId,
        user_id: installation.botUserId,
        bot_id: installation.botId,
        is_enterprise_install: false,
      };
    },
  }),

  "apps.connections.open": method({
    tier: 3,
    isAppLevel: true,
    takes: {},
    run: (_given, { sockets }) => ({ url: sockets.ticket() }),
  }),

  "users.info": method({
    tier: 4,
    scopes: ["users:read"],
    takesJson: false,
    takes: { user: text, include_locale: flag.optional() },
    run(given, { world, installation }) {
      const user = world.users.get(given.user);
      if (!user) throw new SlackError("user_not_found");
      const { locale, ...shape } = userShape(user, installation.teamId);
      return { user: given.include_locale ? { ...shape, locale } : shape };
    },
  }),

  "users.list": method({
    tier: 2,
    scopes: ["users:read"],
    takesJson: false,
    takes: {
      cursor: text.optional(),
      limit: count.optional(),
      include_locale: flag.optional(),
      team_id: text.optional(),
    },
    run(given, { world, installation, clock }) {
      const members = [...world.users.values()].filter(({ teamId }) => teamId === installation.teamId);
      const { items, response_metadata } = page(members, given);
      const shapes = items.map((user) => userShape(user, installation.teamId));
      return { members: shapes, cache_ts: Math.floor(clock.now() / 1000), response_metadata };
    },
  }),

  "bots.info": method({
    tier: 3,
    scopes: ["users:read"],
    takesJson: false,
    takes: { bot: text.optional(), team_id: text.optional() },
    run(given, { world, place }) {
      const user = [...world.users.values()].find(({ botId }) => botId !== undefined && botId === given.bot);
      if (!user) throw new SlackError("bot_not_found");
      const isOurs = [...world.teams.values()].some(({ installation }) => installation?.botId === user.botId);
      const app = isOurs ? { app_id: place.appId } : {};
      const bot = { id: user.botId, deleted: false, name: user.name, updated: 1_700_000_000, user_id: user.id };
      return { bot: present({ ...bot, ...app, icons: {} }) };
    },
  }),

  "team.info": method({
    tier: 3,
    scopes: [],
    takesJson: false,
    takes: { team: text.optional(), domain: text.optional() },
    run(given, { world, installation }) {
      const team = world.teams.get(given.team ?? installation.teamId);
      if (!team) throw new SlackError("team_not_found");
      return { team: { id: team.id, name: team.name, domain: team.domain, email_domain: "", icon: {} } };
    },
  }),
};
