// The contract's people on a simulated Feishu: they talk among others in topics.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FeishuApp, startFeishuApp, type Transport } from "../channels/feishu/start-feishu-app.ts";
import { startFeishuSimulator } from "../simulators/feishu/feishu-simulator.ts";
import type { Chat, Message } from "../simulators/feishu/world/world-records.ts";
import { AwakeClock } from "../support/awake-clock.ts";
import type { Script } from "../support/fake-model.ts";
import { echo } from "./echo.ts";
import { type Person, type Said, SPEED, type StartTeam, type Team } from "./team.ts";

/** What an app that restarts has missed comes again at once. */
const REDELIVERY_SCALE = 0.0005;
const PLACE = /before yours/;
const STOP = "■";

const PERSONS: readonly Person[] = ["ann", "bob"];

/** So many that trying again by itself does not help at once. */
const FAILURES = 3;

interface SaidInFeishu extends Said {
  readonly message: Message;
}

export const startFeishuTeam =
  (transport: Transport): StartTeam =>
  async ({ model = [], cast = echo, agents = [], tools = [], config } = {}) => {
    const clock = new AwakeClock({ speed: SPEED });
    const sim = await startFeishuSimulator({ clock, delivery: transport, redeliveryScale: REDELIVERY_SCALE });
    const folder = mkdtempSync(join(tmpdir(), "signalbox-contract-"));
    const { world, people } = sim;
    const users = {
      ann: world.addUser("Ann"),
      bob: world.addUser("Bob"),
      robot: world.addUser("Robot", { isBot: true }),
    };
    const topics = world.addGroup({ members: [users.ann, users.bob], mode: "topic" });
    const start = (script: readonly Script[]): Promise<FeishuApp> =>
      startFeishuApp({
        platform: sim,
        clock,
        folder,
        transport,
        agents,
        tools,
        model: script,
        fallback: cast,
        ...(config ? { config } : {}),
      });
    let bot = await start(model);
    let isUntold = false;

    const messageOf = (said: Said): Message => (said as SaidInFeishu).message;
    const keep = (person: Said["person"], text: string, message: Message): SaidInFeishu => ({ person, text, message });
    const chatOf = ({ chatId }: Message): Chat => world.chats.get(chatId) ?? topics;
    const ofBot = (said: Said): readonly Message[] => world.posts(chatOf(messageOf(said)), messageOf(said).threadId);
    const textsOf = (said: Said): readonly string[] => ofBot(said).map((message) => world.visibleText(message));
    const withButton = (said: Said, under = ""): Message | undefined =>
      ofBot(said).find((one) => world.buttons(one).length > 0 && world.visibleText(one).includes(under));

    const team: Team = {
      get model() {
        return bot.model;
      },
      tellsOfEdits: false,
      ask: (person, text, naming) => {
        const words = text.replace("{bot}", "<@0>");
        const mentions = naming === undefined ? (["bot"] as const) : (["bot", users[naming]] as const);
        return keep(person, text, people.say(users[person], topics, words, { mentions, isUntold }));
      },
      reply: (person, to, text) => {
        const mentions = text.startsWith("/") ? { mentions: ["bot"] as const } : {};
        const root = messageOf(to);
        return keep(person, text, people.say(users[person], topics, text, { replyTo: root, isUntold, ...mentions }));
      },
      direct: (person, text) =>
        keep(person, text, people.say(users[person], world.p2p(users[person]), text, { isUntold })),
      hand: (person, name, content) => {
        const file = { name, bytes: Buffer.from(content) };
        return keep(person, "", people.say(users[person], world.p2p(users[person]), { file }));
      },
      robot: (to, text) => {
        const where = { replyTo: messageOf(to), mentions: ["bot"] as const };
        return keep("robot", text, people.say(users.robot, topics, text, where));
      },
      edit: (said, text) => people.edit(messageOf(said), text),
      takeBack: (said) => people.recall(messageOf(said)),
      tellAgain: (said) => {
        for (const delivery of sim.delivery.of(messageOf(said).messageId)) {
          void sim.delivery.again(delivery);
          void sim.delivery.againAs(`${delivery.eventId}-again`, delivery);
        }
      },
      seen: (said) => textsOf(said).filter((text) => !PLACE.test(text)),
      files: (said) =>
        ofBot(said).flatMap(({ messageType, content }) => {
          const key = messageType === "file" ? /"(file_v3_[^"]+)"/.exec(content)?.[1] : undefined;
          return key === undefined ? [] : [world.files.get(key)?.bytes.toString() ?? "nothing"];
        }),
      called: (said) =>
        PERSONS.filter((person) => textsOf(said).some((text) => text.startsWith(`@${users[person].name}\n`))),
      places: (said) => textsOf(said).filter((text) => PLACE.test(text)),
      hasSign: (said) => world.reactions(messageOf(said)).length > 0,
      hasStopButton: (said) => withButton(said) !== undefined,
      pressStop: async (person, said, under) => {
        const shown = withButton(said, under);
        if (!shown) throw new Error("there is no stop button");
        const end = await people.click(users[person], shown, world.buttons(shown)[0]?.text ?? STOP);
        return end.toast?.content ?? "";
      },
      isTidy: () => {
        const shown = new Set(world.posts().map(({ messageId }) => messageId));
        return (
          world.openStreams().every(({ messageId }) => messageId === undefined || !shown.has(messageId)) &&
          world.posts().every((message) => world.buttons(message).length === 0) &&
          [...world.chats.values()].every((chat) =>
            world.messages(chat).every((message) => world.reactions(message).length === 0),
          )
        );
      },
      violations: () => sim.violations.map(({ kind, detail }) => `${kind}: ${detail}`),
      failNextSend: () => void sim.fault({ operation: "message.reply", how: "http500", times: FAILURES }),
      until: async (what, holds) => {
        await sim.until(holds, { what });
      },
      told: () => sim.settled(),
      idle: () => bot.idle(),
      restart: async (script = [], meanwhile = () => {}) => {
        await bot.stop();
        isUntold = true;
        meanwhile();
        isUntold = false;
        bot = await start(script);
      },
      [Symbol.asyncDispose]: async () => {
        await bot.stop();
        await sim.close();
        clock.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
    return team;
  };
