// A fake Feishu open platform on loopback for the real SDK: one world, its people, the open API, and both ways to push to a bot.

import type { Clock, Random } from "../../../src/core/clock.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { type ApiCall, ApiServer } from "./api/api-server.ts";
import { directoryOperations } from "./api/directory-api.ts";
import { createFaults, type Fault, type FaultPlan } from "./api/faults.ts";
import { fileOperations } from "./api/file-api.ts";
import { historyOperations } from "./api/history-api.ts";
import { messageOperations } from "./api/message-api.ts";
import { RateLimits } from "./api/rate-limits.ts";
import { reactionOperations } from "./api/reaction-api.ts";
import { SCOPES_DEFAULT, USER_IDS } from "./api/scopes.ts";
import { Tokens } from "./api/tokens.ts";
import { cardOperations } from "./cards/card-api.ts";
import { cardElementOperations } from "./cards/card-element-api.ts";
import { clickUpdateOperations } from "./cards/click-update-api.ts";
import { type Changes, createChanges } from "./changes.ts";
import type { Platform, Rules, Violation } from "./platform.ts";
import { DAY_MS, RICH_BYTES_MAX } from "./platform-limits.ts";
import { Deliveries, type Delivery, type DeliveryEnd } from "./push/deliveries.ts";
import { type App, createPayloadWriter } from "./push/event-payloads.ts";
import { createHostileRequests, type HostileRequests } from "./push/hostile-requests.ts";
import { CLIENT_CONFIG, type ClientConfig, LongConnection } from "./push/long-connection.ts";
import { Webhook } from "./push/webhook.ts";
import { describeState } from "./state-report.ts";
import { createPeople, type People } from "./world/people.ts";
import { createPlatformIds, newAppId, newSecret } from "./world/platform-ids.ts";
import { World } from "./world/world.ts";

export interface FeishuSimulatorOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** 0: any free one. */
  readonly port?: number;
  /** How events come: `ws` without it; `webhook` as soon as `webhookUrl` is set. */
  readonly delivery?: "ws" | "webhook";
  readonly webhookUrl?: string;
  /** False: the app has no Encrypt Key, events come plain and unsigned. */
  readonly isEncrypted?: boolean;
  readonly appId?: string;
  readonly appSecret?: string;
  readonly botName?: string;
  readonly scopes?: readonly string[];
  readonly rules?: Partial<Rules>;
  readonly clientConfig?: Partial<ClientConfig>;
  /** Larger events come in pieces of this many bytes. */
  readonly frameBytes?: number;
  /** Multiplies the waits of 15 s, 5 min, 1 h, 6 h; and the 3 s for an answer is `ackMs`. */
  readonly redeliveryScale?: number;
  readonly ackMs?: number;
}

export interface FeishuSimulator extends AsyncDisposable {
  readonly domain: string;
  readonly appId: string;
  readonly appSecret: string;
  /** Undefined with `isEncrypted: false`. */
  readonly encryptKey: string | undefined;
  readonly verificationToken: string;
  readonly botOpenId: string;
  readonly tenantKey: string;
  readonly world: World;
  readonly people: People;
  readonly longConnection: LongConnection;
  readonly webhook: Webhook;
  readonly tokens: Tokens;
  /** Granted permissions: add and delete as a test likes. */
  readonly scopes: Set<string>;
  readonly rules: Rules;
  readonly delivery: Deliveries;
  readonly deliveries: readonly Delivery[];
  readonly calls: readonly ApiCall[];
  readonly violations: readonly Violation[];
  /** Pushes to this URL from now on. */
  useWebhook(url: string): void;
  /** Any other event, e.g. `im.chat.disbanded_v1`. */
  push(eventType: string, event: Readonly<Record<string, unknown>>): Promise<DeliveryEnd>;
  fault(plan: FaultPlan): Fault;
  /** What strangers send to the webhook's URL (or another). */
  hostile(url?: string): HostileRequests;
  callsOf(operation: string): readonly ApiCall[];
  until: Changes["until"];
  /** Waits until every event is answered, or given up. */
  settled(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

export async function startFeishuSimulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const { clock = systemClock, random = Math.random } = options;
  const ids = createPlatformIds();
  const app: App = {
    appId: options.appId ?? newAppId(),
    appSecret: options.appSecret ?? newSecret(),
    verificationToken: newSecret(),
    tenantKey: ids.next("").slice(0, 16),
    botOpenId: ids.next("ou_"),
    botUnionId: ids.next("on_"),
    botName: options.botName ?? "Signalbox",
  };
  const encryptKey = options.isEncrypted === false ? undefined : newSecret();
  const scopes = new Set(options.scopes ?? SCOPES_DEFAULT);
  const rules: Rules = {
    rateLimits: false,
    editMsMax: DAY_MS,
    callbacks: true,
    richBytesMax: RICH_BYTES_MAX,
    ...options.rules,
  };
  let domain = "";
  let way = options.delivery ?? (options.webhookUrl === undefined ? "ws" : "webhook");

  const changes = createChanges(() =>
    describeState({ world, deliveries: deliveries.all, calls: server.calls, violations }),
  );
  const { announce } = changes;
  const world = new World({ clock, ids, bot: { openId: app.botOpenId, name: app.botName }, announce });
  const violations: Violation[] = [];
  const webhook = new Webhook({ clock, encryptKey, verificationToken: app.verificationToken });
  webhook.url = options.webhookUrl;
  const longConnection = new LongConnection({
    appId: app.appId,
    appSecret: app.appSecret,
    random,
    announce,
    clientConfig: { ...CLIENT_CONFIG, ...options.clientConfig },
    baseUrl: () => domain,
    ...(options.frameBytes === undefined ? {} : { frameBytes: options.frameBytes }),
  });
  const deliveries = new Deliveries({
    clock,
    courier: () => (way === "ws" ? longConnection : webhook),
    announce,
    redeliveryScale: options.redeliveryScale ?? 1,
    ...(options.ackMs === undefined ? {} : { ackMs: options.ackMs }),
  });
  const payloads = createPayloadWriter({
    app,
    now: clock.now,
    newEventId: () => ids.next(""),
    userOf: (openId) => world.users.get(openId),
    mayReadUserIds: () => scopes.has(USER_IDS),
  });
  const platform: Platform = {
    clock,
    random,
    ids,
    app,
    world,
    scopes,
    rules,
    payloads,
    deliveries,
    rates: new RateLimits(clock.now),
    violations,
    clickTokens: new Map(),
    sending: new Set(),
    domain: () => domain,
  };
  const tokens = new Tokens(clock, ids, app);
  const faults = createFaults();
  const operations = [
    ...messageOperations,
    ...historyOperations,
    ...fileOperations,
    ...reactionOperations,
    ...directoryOperations,
    ...cardOperations,
    ...cardElementOperations,
    ...clickUpdateOperations,
  ];
  const server = new ApiServer({ platform, operations, tokens, faults, longConnection, announce });
  domain = await listen(server, options.port ?? 0);
  const people = createPeople(platform);

  const close = async (): Promise<void> => {
    changes.close();
    deliveries.close();
    longConnection.close();
    faults.releaseAll();
    await server.close();
  };

  return {
    domain,
    appId: app.appId,
    appSecret: app.appSecret,
    encryptKey,
    verificationToken: app.verificationToken,
    botOpenId: app.botOpenId,
    tenantKey: app.tenantKey,
    world,
    people,
    longConnection,
    webhook,
    tokens,
    scopes,
    rules,
    delivery: deliveries,
    deliveries: deliveries.all,
    calls: server.calls,
    violations,
    useWebhook: (url) => {
      webhook.url = url;
      way = "webhook";
    },
    push: (eventType, event) => deliveries.send(payloads.envelope(eventType, event)),
    fault: faults.plan,
    hostile: (url = webhook.url) => {
      if (url === undefined) throw new Error("no request URL is configured");
      const stranger = world.addUser("Mallory");
      const chat = world.p2p(stranger);
      return createHostileRequests({
        url,
        encryptKey: encryptKey ?? "no key",
        now: clock.now,
        envelope: ({ token, appId } = {}) => {
          const message = people.say(stranger, chat, "let me in", { isUntold: true });
          const told = payloads.received(message, chat, stranger, { hasAllEntry: true, botSenderType: "bot" });
          const envelope = payloads.envelope("im.message.receive_v1", told);
          const { header } = envelope;
          return { ...envelope, header: { ...header, token: token ?? header.token, app_id: appId ?? header.app_id } };
        },
      });
    },
    callsOf: (operation) => server.calls.filter((call) => call.operation === operation),
    until: changes.until,
    settled: async (timeoutMs) => {
      const isSettled = (): boolean =>
        deliveries.all.every(({ state }) => state === "acknowledged" || state === "given-up");
      await changes.until(isSettled, {
        what: "every event is answered",
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen({ server }: ApiServer, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the simulator has no address");
  return `http://${HOST}:${address.port}`;
}
