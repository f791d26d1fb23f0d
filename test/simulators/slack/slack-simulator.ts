// A Slack of one's own on loopback: starts the parts and hands them out. Many can run in one process.

import type { Clock } from "../../../src/core/clock.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { Changes } from "./changes.ts";
import { SlackIds, seededRandom } from "./clock-ids.ts";
import { Deliveries } from "./deliveries.ts";
import { ALL_EVENTS, SlackEvents } from "./events.ts";
import { Faults } from "./faults.ts";
import { addTeam, BOT_NAME, firstWorld } from "./first-world.ts";
import { HttpDelivery, type HttpTarget } from "./http-delivery.ts";
import { serve } from "./http-server.ts";
import { actorOf } from "./interactions.ts";
import { COMMERCIAL_PAGE_MAX } from "./limits.ts";
import { ALL_METHODS } from "./methods/all-methods.ts";
import { People } from "./people.ts";
import { RateLimits } from "./rate-tiers.ts";
import type { Installation } from "./records.ts";
import { respondAt } from "./response-url.ts";
import { ALL_SCOPES } from "./scopes.ts";
import { SocketGateway } from "./socket-gateway.ts";
import { describeState } from "./state-text.ts";
import { Triggers } from "./triggers.ts";
import { WebApi } from "./web-api.ts";
import type { Place } from "./wire-shapes.ts";
import { SlackWorld } from "./world.ts";

/** Far more than anything takes on a machine that is busy with other things: what never comes is told, what is slow is waited for. */
const UNTIL_MS = 60_000;

export interface SlackSimulatorOptions {
  readonly clock?: Clock;
  readonly seed?: number;
  readonly port?: number;
  /** How long an answer may take; Slack's 3 s unless given. The retries' delays shrink with it. */
  readonly retryMs?: number;
  readonly retryDelaysMs?: readonly number[];
  /** Refuse what is called too often, with 429. */
  readonly enforceRates?: boolean;
  /** History as an app outside the Marketplace gets it: 1 call a minute (when rates are enforced), 15 messages a page. */
  readonly isCommercial?: boolean;
  /** The events the app has subscribed to; all of the manifest's unless given. */
  readonly events?: readonly string[];
  readonly scopes?: readonly string[];
}

export interface Violation {
  /** `rate`, `token`, `double-ack`, `not-acked-in-time`, `reply-as-thread`, `unknown-argument`, ... */
  readonly rule: string;
  readonly detail: string;
}

export type SlackSimulator = Awaited<ReturnType<typeof startSlackSimulator>>;

export async function startSlackSimulator(options: SlackSimulatorOptions = {}) {
  const clock = options.clock ?? systemClock;
  const random = seededRandom(options.seed ?? 1);
  const ids = new SlackIds(clock, random);
  const changes = new Changes();
  const changed = changes.notify;
  const violations: Violation[] = [];
  const violated = (rule: string, detail: string): void => {
    violations.push({ rule, detail });
    changed();
  };
  let port = 0;
  const place: Place = { appId: ids.next("A"), appName: BOT_NAME, baseUrl: () => `http://127.0.0.1:${port}` };
  const address = (): string => `ws://127.0.0.1:${port}`;
  const sockets = new SocketGateway({ clock, random, ids, appId: place.appId, address, changed, violated });
  let http: HttpDelivery | undefined;
  const deliveries = new Deliveries({
    clock,
    ackMs: options.retryMs,
    retryDelaysMs: options.retryDelaysMs,
    transport: () => http ?? sockets,
    changed,
    violated,
    failed: ({ payload, type }) => {
      world.notices.push({ user: actorOf(payload), text: `${type} failed with the error "operation_timeout"` });
    },
    acked: (delivery) => {
      if (delivery.kind !== "slash_commands" || delivery.response === undefined) return;
      const { channel_id, user_id } = delivery.payload;
      const body = typeof delivery.response === "string" ? { text: delivery.response } : delivery.response;
      const target = {
        teamId: installation.teamId,
        channel: String(channel_id),
        user: String(user_id),
        message: undefined,
      };
      respondAt(world, target, installation, body);
    },
  });
  const subscriptions = new Set(options.events ?? ALL_EVENTS);
  const events = new SlackEvents(
    () => world,
    place,
    subscriptions,
    (payload) => deliveries.send("events_api", payload),
  );
  const world: SlackWorld = new SlackWorld(clock, ids, events);
  const { installation, users, channels } = firstWorld(world, ids);
  const triggers = new Triggers(clock, ids);
  const faults = new Faults();
  const disabledMethods = new Set<string>();
  const revoked = new Set<string>();
  const appToken = `xapp-1-${place.appId}-${ids.letters(13)}-${ids.secret()}`;
  const signingSecret = ids.secret();
  const installations = (): readonly Installation[] =>
    [...world.teams.values()].flatMap(({ installation: installed }) => installed ?? []);
  const historyPageMax = options.isCommercial ? COMMERCIAL_PAGE_MAX : undefined;
  const webApi = new WebApi({
    clock,
    methods: ALL_METHODS,
    disabled: disabledMethods,
    appToken,
    installations,
    revoked,
    scopes: new Set(options.scopes ?? ALL_SCOPES),
    faults,
    rates: options.enforceRates ? new RateLimits(clock, options.isCommercial ?? false) : undefined,
    context: (caller, told) => ({
      ...{ world, events, sockets, triggers, place, clock, historyPageMax },
      installation: caller,
      violated: told,
    }),
    changed,
    violated,
  });
  const server = await serve(
    {
      ...{ clock, world, webApi, sockets, faults, changed, violated },
      isBotToken: (token) => !revoked.has(token ?? "") && installations().some(({ botToken }) => botToken === token),
      respond(path, body) {
        const target = triggers.useResponse(path);
        return respondAt(world, target, world.teams.get(target?.teamId ?? "")?.installation, body);
      },
    },
    options.port ?? 0,
  );
  port = server.port;

  const people = new People({
    ...{ world, events, triggers, place, installation },
    deliver: (kind, payload) => deliveries.send(kind, payload),
  });
  const describe = (): string =>
    describeState({ world, calls: webApi.calls, deliveries: deliveries.log, violations, sockets: sockets.open.length });

  return {
    /** For `clientOptions.slackApiUrl` and `SLACK_API_URL`. */
    apiUrl: `${place.baseUrl()}/api/`,
    appToken,
    signingSecret,
    appId: place.appId,
    /** teamId, botToken, botUserId, botId of the first workspace. */
    ...installation,
    users,
    channels,
    world,
    people,
    events,
    sockets,
    delivery: deliveries,
    /** Every payload with each try at delivering it. */
    deliveries: deliveries.log,
    calls: webApi.calls,
    violations,
    faults,
    /** Methods that answer `unknown_method`. */
    disabledMethods,
    fault: faults.add.bind(faults),
    callsOf: (method: string) => webApi.calls.filter((call) => call.method === method),
    /** One more workspace; with the app in it, a token of its own. */
    addTeam: (name: string, isInstalled = true) => addTeam(world, ids, name, isInstalled),
    /** Somebody takes the app out of a workspace; the first one unless named. */
    uninstall(teamId: string = installation.teamId): void {
      const gone = world.teams.get(teamId)?.installation;
      if (!gone) throw new Error(`the app is not in ${teamId}`);
      revoked.add(gone.botToken);
      events.uninstalled(gone);
    },
    /** Over HTTP to a URL, which must answer the challenge first, or by sockets again. */
    async deliverTo(target: HttpTarget | "sockets"): Promise<void> {
      http?.close();
      http = undefined;
      if (target === "sockets") return;
      const next = new HttpDelivery(target, signingSecret, clock);
      await next.verify(ids.secret());
      http = next;
    },
    /** Resolves once it holds, looked at on every change; fails with the whole state printed. */
    until: (holds: () => boolean, withinMs = UNTIL_MS) => changes.until(holds, describe, withinMs),
    /** Every delivery has come to its end. */
    settled: (withinMs = UNTIL_MS) =>
      changes.until(() => deliveries.log.every(({ state }) => state !== "waiting"), describe, withinMs),
    describe,
    onChange: changes.subscribe.bind(changes),
    async close(): Promise<void> {
      deliveries.close();
      http?.close();
      sockets.close();
      await server.close();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await this.close();
    },
  };
}
