// Feishu and Lark as a channel: names its parts and hands them to each other. Over a long connection or a webhook, what comes in is
// the same, and is acknowledged when it is stored.

import { z } from "zod";
import type { Channel, ChannelParts } from "../../core/channel.ts";
import { AppError } from "../../core/errors.ts";
import type { ChatRules, FeishuSettings } from "../../core/platform-settings.ts";
import { createOneByOne } from "../../lib/one-by-one.ts";
import { createAsking } from "./asking.ts";
import { createBoundedMap } from "./bounded-map.ts";
import { createFeishuApi } from "./feishu-api.ts";
import { askForIdentity, type FeishuIdentity, keepAsking } from "./feishu-identity.ts";
import { createBackFill } from "./in/back-fill.ts";
import { createBotTurns } from "./in/bot-turns.ts";
import { createChats } from "./in/chats.ts";
import { createClicked } from "./in/clicks.ts";
import { createEarlierMessages } from "./in/earlier-messages.ts";
import { createHandleEvent } from "./in/events.ts";
import { createFetchFile } from "./in/fetch-file.ts";
import { createIncoming } from "./in/incoming.ts";
import { createLongConnection } from "./in/long-connection.ts";
import { createNames } from "./in/names.ts";
import { createPresence } from "./in/presence.ts";
import { createReacted } from "./in/reactions.ts";
import { createTakenBack } from "./in/taken-back.ts";
import { createTopics } from "./in/topics.ts";
import { createWebhook } from "./in/webhook.ts";
import { createFeishuOutbound } from "./out/outbound.ts";

export interface FeishuChannelParts extends ChannelParts {
  readonly settings: FeishuSettings;
  readonly rules: ChatRules;
  /** How long a task's card stands at least before it is changed. */
  readonly cardPauseMs?: number;
}

const NAME = "feishu";
const RECALLED_MAX = 5_000;
const TENANT_MEMO = "tenant";

export function createFeishuChannel(parts: FeishuChannelParts): Channel {
  const { settings, rules, inbox, buttons, ledger, clock, random } = parts;
  const { appId, transport } = settings;
  const log = parts.log.child({ channel: NAME });
  const leaving = new AbortController();

  let known: FeishuIdentity | undefined;
  let tenantKey: string | undefined;
  let trouble: string | undefined = "starting";
  function identity(): FeishuIdentity {
    if (!known) throw new AppError("internal", "asked for the bot before it was known");
    return tenantKey === undefined ? known : { ...known, tenantKey };
  }

  const api = createFeishuApi({ settings, clock, log });
  const outbound = createFeishuOutbound({ ...parts, log, api, identity: () => ({ appId }) });
  const asking = createAsking({ api, clock, log });
  const names = createNames({ asking, clock });
  const topics = createTopics({ channel: NAME, asking, ledger, clock });
  const earlier = createEarlierMessages({ names, identity });
  const recalled = createBoundedMap<true>(clock, RECALLED_MAX);
  const lines = createOneByOne();
  const incoming = createIncoming({
    channel: NAME,
    inbox,
    ledger,
    rules,
    identity,
    asking,
    names,
    chats: createChats({ channel: NAME, asking, ledger, clock }),
    topics,
    botTurns: createBotTurns(clock),
    earlier,
    recalled,
    log,
    accepted: outbound.accepted,
    taskOfCard: outbound.taskOfCard,
  });
  const takenBack = createTakenBack({ channel: NAME, appId, api, inbox, ledger, recalled, log });
  const handleEvent = createHandleEvent({
    appId,
    incoming,
    lines,
    takenBack,
    log,
    clicked: createClicked({ channel: NAME, buttons, names, identity, clock, log }),
    reacted: createReacted({ appId, rules, api, incoming, lines, log }),
    onTenant: (tenant) => {
      if (tenantKey !== undefined) return;
      tenantKey = tenant;
      ledger
        .putMemo(NAME, TENANT_MEMO, tenant, clock.now())
        .catch((error: unknown) => log.error("feishu tenant not kept", { error }));
    },
  });
  const handle = async (event: unknown): Promise<object | undefined> => {
    if (leaving.signal.aborted) throw new AppError("shutting-down", "the channel takes nothing more in");
    return handleEvent(event);
  };

  const backFill = createBackFill({
    ...{ channel: NAME, appId, api, ledger, topics, lines, incoming, takenBack, clock, log },
  });
  const isConnected = (): boolean => currentTrouble() === undefined;
  const presence = createPresence({ channel: NAME, ledger, backFill, clock, log, isConnected });
  const connection =
    transport.mode === "ws"
      ? createLongConnection({ settings, clock, random, log, handle, onConnected: presence.connected })
      : undefined;
  const currentTrouble = (): string | undefined => trouble ?? connection?.trouble();
  const http =
    transport.mode === "webhook"
      ? createWebhook({ ...transport, appId, clock, log, handle, isReady: () => known !== undefined })
      : undefined;

  const ask = (): Promise<FeishuIdentity> => askForIdentity(api, appId);

  async function connect(found: FeishuIdentity): Promise<void> {
    known = found;
    await outbound.start();
    trouble = undefined;
    if (connection) await connection.start();
    else presence.connected();
    log.info("feishu bot", { name: found.name, over: transport.mode });
  }

  function notYet(error: unknown): void {
    trouble = error instanceof AppError ? error.message : "Feishu cannot be reached, it is tried again";
    log.warn("feishu is not connected yet", { error });
  }

  /** The rest of the house must not wait for a platform that cannot be reached. */
  async function connectLater(): Promise<void> {
    try {
      await connect(await keepAsking({ ask, clock, signal: leaving.signal, onFailure: notYet }));
    } catch (error) {
      if (!leaving.signal.aborted) notYet(error);
    }
  }

  return {
    name: NAME,
    sender: outbound.sender,
    carries: ["file", "mention"],
    ...(http ? { http } : {}),
    fetchFile: createFetchFile({ api, earlier }),
    start: async () => {
      await topics.load();
      tenantKey = z.string().safeParse((await ledger.memo(NAME, TENANT_MEMO))?.value).data;
      let found: FeishuIdentity;
      try {
        found = await ask();
      } catch (error) {
        if (error instanceof AppError) throw error;
        notYet(error);
        void connectLater();
        return;
      }
      await connect(found);
    },
    stop: async () => {
      leaving.abort();
      trouble = "stopped";
      connection?.stop();
      presence.stop();
      await lines.idle();
      await outbound.stop();
    },
    trouble: currentTrouble,
  };
}
