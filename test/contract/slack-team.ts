// The contract's people on a simulated Slack.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SlackApp, startSlackApp } from "../channels/slack/start-slack-app.ts";
import type { Message } from "../simulators/slack/records.ts";
import { startSlackSimulator } from "../simulators/slack/slack-simulator.ts";
import { visibleText } from "../simulators/slack/visible-text.ts";
import { AwakeClock } from "../support/awake-clock.ts";
import type { Script } from "../support/fake-model.ts";
import { echo } from "./echo.ts";
import { type Person, type Said, SPEED, type StartTeam, type Team } from "./team.ts";

const NAMES: Readonly<Record<Person, string>> = { ann: "alice", bob: "bob" };

const PERSONS: readonly Person[] = ["ann", "bob"];

/** So many that trying again by itself does not help at once. */
const FAILURES = 2;

interface SaidInSlack extends Said {
  readonly message: Message;
}

export const startSlackTeam =
  (transport: "socket" | "http"): StartTeam =>
  async ({ model = [], cast = echo, agents = [], tools = [], config } = {}) => {
    const clock = new AwakeClock({ speed: SPEED });
    // Slack gives up at once, so that an outage is one.
    const sim = await startSlackSimulator({ clock, retryDelaysMs: [5, 5, 5] });
    const folder = mkdtempSync(join(tmpdir(), "signalbox-contract-"));
    // Without streams a live answer carries our own button; Slack's own for streams is Slack's affair.
    sim.disabledMethods.add("chat.startStream");
    const robot = sim.world.addUser({ name: "robot", teamId: sim.teamId, isBot: true });
    const start = (script: readonly Script[]): Promise<SlackApp> =>
      startSlackApp({
        ...{ sim, clock, folder, transport, agents, tools, model: script, fallback: cast },
        ...(config ? { config } : {}),
      });
    let bot = await start(model);

    const messageOf = (said: Said): Message => (said as SaidInSlack).message;
    const keep = (person: Said["person"], text: string, message: Message): SaidInSlack => ({ person, text, message });
    const rootOf = ({ threadTs, ts }: Message): string => threadTs ?? ts;
    const ofBot = (said: Said): readonly Message[] => {
      const message = messageOf(said);
      const isDirect = sim.world.channel(message.channel).kind === "im";
      const all = sim.world.messages(message.channel, isDirect ? undefined : rootOf(message));
      return all.filter(({ userId }) => userId === sim.botUserId);
    };
    const hasBotReaction = ({ reactions }: Message): boolean =>
      [...reactions.values()].some((by) => by.has(sim.botUserId));
    const everyMessage = (): readonly Message[] =>
      [...sim.world.channels.values()].flatMap(({ id }) => sim.world.messages(id));
    const whispers = (person: Person): readonly string[] =>
      sim.world.ephemerals.filter(({ to }) => to === sim.world.user(NAMES[person]).id).map(({ text }) => text);

    const team: Team = {
      get model() {
        return bot.model;
      },
      tellsOfEdits: true,
      ask: (person, text, naming) => {
        const mention = !text.includes("{bot}");
        const called = text.replace("{bot}", "@bot");
        const words = naming === undefined ? called : `${called} @${NAMES[naming]}`;
        return keep(person, text, sim.people.say(NAMES[person], "general", words, { mention }));
      },
      reply: (person, to, text) => {
        const where = { thread: rootOf(messageOf(to)), mention: text.startsWith("/") };
        return keep(person, text, sim.people.say(NAMES[person], "general", text, where));
      },
      direct: (person, text) => keep(person, text, sim.people.dm(NAMES[person], text)),
      hand: (person, name, content) =>
        keep(person, "", sim.people.dm(NAMES[person], "", { files: [{ name, content }] })),
      robot: (to, text) => {
        const { channel } = messageOf(to);
        const post = { channel, userId: robot.id, subtype: "bot_message", threadTs: rootOf(messageOf(to)) };
        return keep("robot", text, sim.world.post({ ...post, text: `<@${sim.botUserId}> ${text}` }));
      },
      edit: (said, text) => {
        const message = messageOf(said);
        const mention = message.text.startsWith(`<@${sim.botUserId}>`) ? "@bot " : "";
        sim.people.edit(sim.world.user(message.userId).name, message, `${mention}${text}`);
      },
      takeBack: (said) => sim.people.delete(messageOf(said)),
      tellAgain: (said) => {
        for (const delivery of sim.deliveries.filter(({ payload }) => isAbout(payload, messageOf(said))))
          sim.delivery.repeat(delivery);
      },
      seen: (said) => ofBot(said).map((message) => visibleText(message)),
      files: (said) =>
        ofBot(said).flatMap(({ fileIds }) =>
          fileIds.map((id) => sim.world.files.get(id)?.content?.toString() ?? "nothing"),
        ),
      called: (said) =>
        PERSONS.filter((person) => {
          const call = `<@${sim.world.user(NAMES[person]).id}>`;
          return ofBot(said).some((message) => visibleText(message).startsWith(call));
        }),
      places: ({ person }) => (person === "robot" ? [] : whispers(person).filter((text) => /before yours/.test(text))),
      hasSign: (said) => {
        const message = messageOf(said);
        return hasBotReaction(message) || sim.world.status(message.channel, rootOf(message)) !== undefined;
      },
      hasStopButton: (said) => ofBot(said).some((message) => visibleText(message).includes("[Stop]")),
      pressStop: async (person, said, under = "") => {
        const texts = (message: Message): string => visibleText(message);
        const shown = ofBot(said).find((one) => texts(one).includes("[Stop]") && texts(one).includes(under));
        if (!shown) throw new Error("there is no stop button");
        const before = whispers(person).length;
        sim.people.click(NAMES[person], shown, "Stop");
        await sim.until(() => whispers(person).length > before);
        return whispers(person).at(-1) ?? "";
      },
      isTidy: () =>
        everyMessage().every(
          (message) =>
            message.stream?.state !== "streaming" &&
            !hasBotReaction(message) &&
            !visibleText(message).includes("[Stop]") &&
            !sim.world.status(message.channel, message.ts),
        ),
      violations: () => sim.violations.map(({ rule, detail }) => `${rule}: ${detail}`),
      failNextSend: () => {
        const matches = ({ metadata }: Readonly<Record<string, unknown>>): boolean =>
          JSON.stringify(metadata ?? "").includes("signalbox_delivery");
        sim.fault({ method: "chat.postMessage", how: "http500", times: FAILURES, matches });
      },
      until: async (what, holds) => {
        await sim.until(holds).catch((error: unknown) => {
          throw new Error(`not so: ${what}`, { cause: error });
        });
      },
      told: () => sim.settled(),
      idle: async () => {
        await sim.settled();
        await bot.app.idle();
      },
      restart: async (script = [], meanwhile = () => {}) => {
        await bot.stop();
        meanwhile();
        await sim.settled();
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

function isAbout({ event }: Readonly<Record<string, unknown>>, { ts }: Message): boolean {
  return typeof event === "object" && event !== null && "ts" in event && event.ts === ts;
}
