// The simulated Slack as the bench sees it, its rate limits off. Each thread has a channel of its own, so what the bot does in a
// channel tells which mention it is about.

import type { Message } from "../simulators/slack/records.ts";
import { startSlackSimulator } from "../simulators/slack/slack-simulator.ts";
import { visibleText } from "../simulators/slack/visible-text.ts";
import type { Call } from "../simulators/slack/web-api.ts";
import { type ChatPlatform, type ChatThread, countOf, type Onlooker, tally, WHOLE_ANSWER } from "./chat-platform.ts";

const PEOPLE = 20;
const LATE = "not-acked-in-time";
const SIGNS = ["assistant.threads.setStatus", "reactions.add", "chat.postMessage", "chat.startStream"];

export async function openSlack(transport: "socket" | "http"): Promise<ChatPlatform> {
  const sim = await startSlackSimulator();
  const { world, teamId } = sim;
  const people = Array.from({ length: PEOPLE }, (_, n) => world.addUser({ name: `person-${n}`, teamId }).id);
  const rooms: string[] = [];
  const waiting = new Map<string, Onlooker>();
  let read = 0;
  let counted = 0;

  const stopLooking = sim.onChange(() => {
    for (let call = sim.calls[read]; call?.answer; call = sim.calls[read]) {
      read += 1;
      if (call.answer.ok === true) look(call);
    }
  });

  function look({ method, arguments: given, answer }: Call): void {
    const channel = String(given.channel ?? given.channel_id);
    const onlooker = waiting.get(channel);
    if (onlooker && SIGNS.includes(method) && given.status !== "") onlooker.sign();
    const message = typeof answer?.ts === "string" ? world.message(channel, answer.ts) : undefined;
    if (!message || message.userId !== sim.botUserId || !visibleText(message).includes(WHOLE_ANSWER)) return;
    if (waiting.delete(channel)) onlooker?.answer();
  }

  function openThread(): ChatThread {
    const person = people[rooms.length % people.length] ?? "";
    const { id } = world.addChannel("public", `room-${rooms.length}`, [teamId], [person, sim.botUserId]);
    rooms.push(id);
    let root: Message | undefined;
    return {
      mention: (text, onlooker) => {
        waiting.set(id, onlooker);
        const said = sim.people.say(person, id, text, { mention: true, ...(root ? { thread: root } : {}) });
        root ??= said;
      },
    };
  }

  function isAnsweredOnce(room: string): boolean {
    const all = world.messages(room);
    return all.filter(({ userId }) => userId === sim.botUserId).length * 2 === all.length;
  }

  return {
    environment: {
      SLACK_API_URL: sim.apiUrl,
      SLACK_BOT_TOKEN: sim.botToken,
      ...(transport === "socket" ? { SLACK_APP_TOKEN: sim.appToken } : { SLACK_SIGNING_SECRET: sim.signingSecret }),
    },
    openThread,
    connect: async (url) => {
      if (transport === "http") await sim.deliverTo({ url: `${url}/slack/events` });
      else await sim.until(() => sim.sockets.open.length > 0);
    },
    callsSince: () => {
      const calls = sim.calls.slice(counted);
      counted = sim.calls.length;
      return countOf(calls.map(({ method }) => method));
    },
    lateAcks: () => sim.violations.filter(({ rule }) => rule === LATE).length,
    violations: () =>
      tally([
        ...rooms.filter((room) => !isAnsweredOnce(room)).map(() => "a thread without just one answer to each mention"),
        ...sim.violations.filter(({ rule }) => rule !== LATE).map(({ rule }) => rule),
      ]),
    [Symbol.asyncDispose]: async () => {
      stopLooking();
      await sim.close();
    },
  };
}
