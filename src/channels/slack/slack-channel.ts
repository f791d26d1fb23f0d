// Slack as a channel: its parts put together. The way in is the files this one names; the way out begins in outbound.ts.

import type { Channel, ChannelParts, Sender } from "../../core/channel.ts";
import type { ChatRules, SlackSettings } from "../../core/platform-settings.ts";
import { createOneByOne } from "../../lib/one-by-one.ts";
import { createBoltApp } from "./bolt-app.ts";
import { createBackFill } from "./in/back-fill.ts";
import { createBotTurns } from "./in/bot-turns.ts";
import { createEventDesk } from "./in/event-desk.ts";
import { createHttpEvents } from "./in/http-events.ts";
import { createPress } from "./in/press.ts";
import { createTakeReaction } from "./in/reaction-request.ts";
import { createMessageReader } from "./in/read-message.ts";
import { createSlackFiles } from "./in/slack-files.ts";
import { createNames } from "./in/slack-names.ts";
import { createSlashCommand } from "./in/slash-command.ts";
import { createSocketMode } from "./in/socket-mode.ts";
import { type SocketTiming, socketTiming } from "./in/socket-timing.ts";
import { createMessageTaker } from "./in/take-message.ts";
import { createTakenBack } from "./in/taken-back.ts";
import { createSlackOutbound } from "./out/outbound.ts";
import { createWhispers, whispered, whisperPlaceOf } from "./out/whisper.ts";
import { createSlackApi } from "./slack-api.ts";
import { createIdentity } from "./slack-identity.ts";

export interface SlackChannelParts extends ChannelParts {
  readonly settings: SlackSettings;
  readonly rules: ChatRules;
  /** How patient Socket Mode is; tests are less so. */
  readonly timing?: Partial<SocketTiming>;
  /** How long a task's card stands at least before it is changed. */
  readonly cardPauseMs?: number;
}

/** The last moment at which we surely heard everything. */
const CONNECTED = "connected";
const CONNECTED_EVERY_MS = 30_000;

export function createSlackChannel(parts: SlackChannelParts): Channel {
  const { inbox, ledger, clock, random, log, settings, rules } = parts;
  const { transport } = settings;
  const api = createSlackApi({ settings, clock, log });
  const identity = createIdentity({ api, clock, log });
  const outbound = createSlackOutbound({ ...parts, api, identity: identity.known });
  const names = createNames({ api, clock, log });
  const files = createSlackFiles({ api, settings, clock });
  const whispers = createWhispers({ api, apiUrl: settings.apiUrl, log });
  const oneByOne = createOneByOne();
  const reader = createMessageReader({ rules, ledger, names, files, botTurns: createBotTurns() });
  const { accepted, withdrawn } = outbound;
  const taker = createMessageTaker({ inbox, ledger, reader, rules, clock, log, accepted, withdrawn });
  const takenBack = createTakenBack({ api, ledger, taker, log });
  const backFill = createBackFill({ api, ledger, taker, takenBack, oneByOne, identity: identity.ready, clock, log });
  const receive = createBoltApp({
    settings,
    identity: identity.ready,
    listeners: {
      event: createEventDesk({
        inbox,
        taker,
        takeReaction: createTakeReaction({ api, rules, reader, taker, files, names, log }),
        names,
        rules,
        oneByOne,
        identity: identity.ready,
        caughtUp: backFill.planned,
        lostAccess: identity.doubt,
        log,
      }),
      press: createPress({ buttons: parts.buttons, names, whispers, identity: identity.ready, log }),
      command: createSlashCommand({ api, inbox, taker, names, whispers, rules, identity: identity.ready, log }),
    },
    log,
  });
  const isKnown = (): boolean => identity.known() !== undefined;
  const http =
    transport.mode === "http"
      ? createHttpEvents({ signingSecret: transport.signingSecret, receive, isReady: isKnown, clock, log })
      : undefined;
  const socket =
    transport.mode === "socket"
      ? createSocketMode({
          appToken: transport.appToken,
          apiUrl: settings.apiUrl,
          receive,
          onGap: backFill.begin,
          clock,
          random,
          log,
          timing: { ...socketTiming, ...parts.timing },
        })
      : undefined;
  let cancelHeartbeat = (): void => {};
  let isOn = false;

  /** Not while something is still to be caught up with: a crash then would lose it. */
  async function noteConnected(): Promise<void> {
    const until = socket ? socket.heardUntil() : clock.now();
    if (!isOn || !isKnown() || backFill.isPending() || until === undefined) return;
    await ledger.putMemo("slack", CONNECTED, {}, until);
  }

  function heartbeat(): void {
    cancelHeartbeat = clock.after(CONNECTED_EVERY_MS, () => {
      noteConnected().catch((error: unknown) => log.error("it could not be noted that we are connected", { error }));
      heartbeat();
    });
  }

  const sender: Sender = {
    ...outbound.sender,
    send: (delivery, signal) => {
      const whisper = whisperPlaceOf(delivery.replyTo);
      return whisper ? whispers.say(whisper, whispered(delivery), signal) : outbound.sender.send(delivery, signal);
    },
  };

  return {
    name: "slack",
    sender,
    carries: ["file", "mention"],
    ...(http ? { http } : {}),
    fetchFile: files.fetchFile,
    start: async () => {
      await identity.start();
      const last = await ledger.memo("slack", CONNECTED);
      if (last) backFill.begin(last.at);
      await outbound.start();
      await socket?.start();
      isOn = true;
      await noteConnected();
      heartbeat();
    },
    stop: async () => {
      cancelHeartbeat();
      const noted = noteConnected().catch((error: unknown) =>
        log.error("it could not be noted until when we heard", { error }),
      );
      isOn = false;
      socket?.stop();
      await noted;
      backFill.stop();
      identity.stop();
      await outbound.stop();
    },
    trouble: () => identity.trouble() ?? socket?.trouble(),
  };
}
