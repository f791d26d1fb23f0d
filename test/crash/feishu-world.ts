// A simulated Feishu for the crash test: a group, two topics, two direct chats.

import { join } from "node:path";
import { startFeishuSimulator } from "../simulators/feishu/feishu-simulator.ts";
import type { Chat, Message, User } from "../simulators/feishu/world/world-records.ts";
import type { ChatWorld, Spoken, Transport } from "./chat-world.ts";

const TOPICS = ["topic/1", "topic/2"];
const DIRECT = ["Ann", "Bob"];
const GROUP = "group";
const OPERATIONS = [
  "message.reply",
  "card.create",
  "element.content",
  "card.settings",
  "card.update",
  "message.delete",
  "reaction.create",
];
/** Quick: a program that dies every second must hear of it in one of its lives. */
const REDELIVERY_SCALE = 0.0005;

export async function openFeishuWorld(transport: Transport): Promise<ChatWorld> {
  const sim = await startFeishuSimulator({
    delivery: transport === "socket" ? "ws" : "webhook",
    redeliveryScale: REDELIVERY_SCALE,
  });
  const { world, people } = sim;
  const [ann, bob] = DIRECT.map((name) => world.addUser(name)) as [User, User];
  const direct = (name: string): User => (name === ann.name ? ann : bob);
  const group = world.addGroup({ members: [ann, bob], name: GROUP });
  const forum = world.addGroup({ members: [ann, bob], name: "topics", mode: "topic" });
  const roots = new Map<string, Message>();
  let armed: { readonly disarm: () => void } | undefined;
  const watchers = new Set<() => void>();
  let isOpen = true;
  const watching = sim
    .until(
      () => {
        for (const look of [...watchers]) look();
        return !isOpen;
      },
      { timeoutMs: 2 ** 31 - 1 },
    )
    .catch(() => {});

  const chatOf = (room: string): Chat =>
    DIRECT.includes(room) ? world.p2p(direct(room)) : room === GROUP ? group : forum;

  function say(room: string, text: string): Spoken {
    const message = DIRECT.includes(room)
      ? people.say(direct(room), chatOf(room), text)
      : sayAmongOthers(room, Number(/\d+/.exec(text)?.[0]) % 2 === 0 ? ann : bob, text);
    return {
      edit: (next) => people.edit(message, room === GROUP || message === roots.get(room) ? `@_user_1 ${next}` : next),
      takeBack: () => people.recall(message),
      tellAgain: () => {
        const [told] = sim.delivery.of(message.messageId);
        if (told && told.state !== "held") void sim.delivery.again(told);
      },
    };
  }

  function sayAmongOthers(room: string, who: User, text: string): Message {
    if (room === GROUP) return people.say(who, group, text, { mentions: ["bot"] });
    const root = roots.get(room);
    const message = people.say(who, forum, text, root ? { replyTo: root } : { mentions: ["bot"] });
    roots.set(room, root ?? message);
    return message;
  }

  const postsIn = (room: string): readonly Message[] => {
    if (!TOPICS.includes(room)) return world.posts(chatOf(room));
    const root = roots.get(room);
    return root ? world.posts(forum, root.threadId) : [];
  };

  return {
    child: join(import.meta.dirname, "feishu-child.ts"),
    settings: {
      appId: sim.appId,
      appSecret: sim.appSecret,
      domain: sim.domain,
      transport:
        transport === "socket"
          ? { mode: "ws" }
          : { mode: "webhook", encryptKey: sim.encryptKey, verificationToken: sim.verificationToken },
    },
    rooms: [...TOPICS, GROUP, ...DIRECT],
    takenKinds: OPERATIONS,
    say,
    listensAt: async (url) => {
      if (transport === "http") sim.useWebhook(`${url}/feishu/events`);
    },
    tellWaiting: () => {
      for (const delivery of sim.deliveries) if (delivery.state === "waiting") void sim.delivery.again(delivery);
    },
    isTold: () => sim.deliveries.every(({ state }) => state === "acknowledged" || state === "given-up"),
    whenTaken: (operation, nth, call) => {
      const fault = sim.fault({ operation, when: "after", how: "hang", skip: nth - 1 });
      const look = (): void => {
        if (fault.hits > 0 && watchers.delete(look)) call();
      };
      watchers.add(look);
      armed = {
        disarm: () => {
          watchers.delete(look);
          fault.remove();
          fault.release();
        },
      };
    },
    disarm: () => armed?.disarm(),
    watch: (look) => {
      watchers.add(look);
      return () => watchers.delete(look);
    },
    seen: (room) => postsIn(room).map((message) => world.visibleText(message)),
    leftOpen: () => {
      const shown = new Set(world.posts().map(({ messageId }) => messageId));
      const typed = world.openStreams().filter(({ messageId }) => messageId !== undefined && shown.has(messageId));
      const said = [group, forum, world.p2p(ann), world.p2p(bob)].flatMap((chat) => world.messages(chat));
      return [
        ...typed.map(({ messageId }) => `${messageId}: is still being typed`),
        ...said.filter((one) => world.reactions(one).length > 0).map((one) => `${world.visibleText(one)}: has a sign`),
        ...world
          .posts()
          .filter((one) => world.buttons(one).length > 0)
          .map((one) => `${world.visibleText(one)}: has a button`),
      ];
    },
    violations: () => sim.violations.map((violation) => JSON.stringify(violation)),
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      await sim.close();
      await watching;
    },
  };
}
