// The simulated Feishu as the bench sees it, its rate limits off. Each topic stands in a group of its own; calls name the message
// they are about.

import type { ApiCall } from "../simulators/feishu/api/api-server.ts";
import { startFeishuSimulator } from "../simulators/feishu/feishu-simulator.ts";
import type { Chat, Message } from "../simulators/feishu/world/world-records.ts";
import { type ChatPlatform, type ChatThread, countOf, type Onlooker, tally, WHOLE_ANSWER } from "./chat-platform.ts";

const PEOPLE = 20;
const SIGNS = ["reaction.create", "message.reply"];
const LOOKING_MS_MAX = 2 ** 31 - 1;

export async function openFeishu(transport: "ws" | "webhook"): Promise<ChatPlatform> {
  const sim = await startFeishuSimulator({ delivery: transport });
  const { world } = sim;
  const people = Array.from({ length: PEOPLE }, (_, n) => world.addUser(`person-${n}`));
  /** By the message that was said last. */
  const waiting = new Map<string, Onlooker>();
  /** Which message a card is shown under. */
  const shownBy = new Map<string, string>();
  const rooms: Chat[] = [];
  let read = 0;
  let counted = 0;
  let isOpen = true;

  const looking = sim
    .until(
      () => {
        for (let call = sim.calls[read]; call && call.outcome !== "pending"; call = sim.calls[read]) {
          read += 1;
          if (call.code === 0) look(call);
        }
        return !isOpen;
      },
      { timeoutMs: LOOKING_MS_MAX },
    )
    .catch((error: unknown) => {
      if (isOpen) throw error;
    });

  function look({ operation, path, body }: ApiCall): void {
    const text = JSON.stringify(body ?? {});
    const card = /\/cards\/(\d+)/.exec(path)?.[1] ?? /card_id\W+(\d+)/.exec(text)?.[1];
    const about = /\/messages\/(om_\w+)\//.exec(path)?.[1] ?? shownBy.get(card ?? "") ?? "";
    const onlooker = waiting.get(about);
    if (onlooker && SIGNS.includes(operation)) onlooker.sign();
    if (operation === "message.reply" && card !== undefined) shownBy.set(card, about);
    const shown = card === undefined ? text : JSON.stringify(world.cardOf(card) ?? {});
    if (!shown.includes(WHOLE_ANSWER)) return;
    if (waiting.delete(about)) onlooker?.answer();
  }

  function openThread(): ChatThread {
    const person = people[rooms.length % people.length] ?? world.addUser("person");
    const group = world.addGroup({ name: `room-${rooms.length}`, members: [person], mode: "topic" });
    rooms.push(group);
    let root: Message | undefined;
    return {
      mention: (text, onlooker) => {
        const place = root ? { replyTo: root } : {};
        const said = sim.people.say(person, group, text, { mentions: ["bot"], ...place });
        root ??= said;
        waiting.set(said.messageId, onlooker);
      },
    };
  }

  function isAnsweredOnce(room: Chat): boolean {
    return world.posts(room).length * 2 === world.messages(room).length;
  }

  const { appId, appSecret, domain, encryptKey = "", verificationToken } = sim;
  return {
    environment: {
      ...{ FEISHU_APP_ID: appId, FEISHU_APP_SECRET: appSecret, FEISHU_DOMAIN: domain, FEISHU_MODE: transport },
      ...(transport === "webhook"
        ? { FEISHU_ENCRYPT_KEY: encryptKey, FEISHU_VERIFICATION_TOKEN: verificationToken }
        : {}),
    },
    openThread,
    connect: async (url) => {
      if (transport === "webhook") sim.useWebhook(`${url}/feishu/events`);
      else await sim.until(() => sim.longConnection.connections.length > 0);
    },
    callsSince: () => {
      const calls = sim.calls.slice(counted);
      counted = sim.calls.length;
      return countOf(calls.map(({ operation }) => operation));
    },
    lateAcks: () =>
      sim.deliveries.filter(({ attempts }) => attempts.some(({ outcome }) => outcome === "timeout")).length,
    violations: () =>
      tally([
        ...rooms.filter((room) => !isAnsweredOnce(room)).map(() => "a topic without just one answer to each mention"),
        ...sim.violations.map(({ kind }) => kind),
      ]),
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      await sim.close();
      await looking;
    },
  };
}
