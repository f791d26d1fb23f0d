// A simulated Slack for the crash test: threads in two channels, two direct chats.

import { join } from "node:path";
import type { Message } from "../simulators/slack/records.ts";
import { type SlackSimulator, startSlackSimulator } from "../simulators/slack/slack-simulator.ts";
import { visibleText } from "../simulators/slack/visible-text.ts";
import type { ChatWorld, Spoken, Transport } from "./chat-world.ts";

const THREADS = ["general/1", "general/2", "shared/3"];
const DIRECT = ["alice", "bob"];
/** Methods that change what people see, by what they are for. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  post: ["chat.postMessage"],
  change: ["chat.update", "chat.delete"],
  stream: ["chat.startStream", "chat.appendStream"],
  "end of a stream": ["chat.stopStream"],
  any: ["chat.postMessage", "chat.update", "chat.delete", "chat.startStream", "chat.appendStream", "chat.stopStream"],
};
/** A dead program leaves Slack waiting for its answer; shorter than in life, as are the pauses between tries, of which there are many. */
const ACK_MS = 800;
/** Nothing is to be learned of haste from a machine that starts a program every second. */
const LATE = "not-acked-in-time";
const RETRY_DELAYS_MS = [100, 300, 1_000, ...Array<number>(60).fill(2_000)];

export async function openSlackWorld(transport: Transport, seed: number): Promise<ChatWorld> {
  const sim = await startSlackSimulator({ seed, retryMs: ACK_MS, retryDelaysMs: RETRY_DELAYS_MS });
  const { world, people } = sim;
  const roots = new Map<string, Message>();

  function say(room: string, text: string): Spoken {
    const who = speakerOf(room, text);
    const message = DIRECT.includes(room) ? people.dm(room, text) : sayInThread(room, who, text);
    return {
      edit: (next) => void people.edit(who, message, message.threadTs === undefined ? `@bot ${next}` : next),
      takeBack: () => people.delete(message),
      tellAgain: () => {
        const [told] = sim.deliveries.filter(({ payload, attempts }) => tsOf(payload) === message.ts && attempts[0]);
        if (told) sim.delivery.repeat(told);
      },
    };
  }

  function sayInThread(room: string, who: string, text: string): Message {
    const root = roots.get(room);
    const [channel = ""] = room.split("/");
    const message = people.say(who, channel, text, root ? { thread: root } : { mention: true });
    roots.set(room, root ?? message);
    return message;
  }

  const inRoom = (room: string): readonly Message[] => {
    if (DIRECT.includes(room)) return world.messages(people.direct(room).id);
    const root = roots.get(room);
    return root ? world.messages(root.channel, root.ts) : [];
  };
  const ofBot = (room: string): readonly Message[] => inRoom(room).filter(({ userId }) => userId === sim.botUserId);
  const rooms = [...THREADS, ...DIRECT];

  return {
    child: join(import.meta.dirname, "slack-child.ts"),
    settings: {
      botToken: sim.botToken,
      apiUrl: sim.apiUrl,
      transport:
        transport === "socket"
          ? { mode: "socket", appToken: sim.appToken }
          : { mode: "http", signingSecret: sim.signingSecret },
    },
    rooms,
    takenKinds: Object.keys(METHODS),
    say,
    listensAt: async (url) => {
      if (transport === "http") await sim.deliverTo({ url: `${url}/slack/events` });
    },
    tellWaiting: () => sim.delivery.retryNow(),
    isTold: () => sim.deliveries.every(({ state }) => state !== "waiting"),
    whenTaken: (kind, nth, call) => {
      let taken = 0;
      const matches = (): boolean => {
        taken += 1;
        if (taken === nth) call();
        return taken === nth;
      };
      for (const method of METHODS[kind] ?? []) sim.fault({ method, when: "after", how: "hang", matches });
    },
    disarm: () => sim.faults.clear(),
    watch: sim.onChange,
    seen: (room) => ofBot(room).map((message) => visibleText(message)),
    leftOpen: () => rooms.flatMap((room) => inRoom(room).flatMap((message) => leftAt(sim, room, message))),
    violations: () =>
      sim.violations.filter(({ rule }) => rule !== LATE).map(({ rule, detail }) => `${rule}: ${detail}`),
    [Symbol.asyncDispose]: () => sim.close(),
  };
}

/** Two people talk in the threads; which of them says this is decided by what is said. */
function speakerOf(room: string, text: string): string {
  if (DIRECT.includes(room)) return room;
  return (Number(/\d+/.exec(text)?.[0]) % 2 === 0 ? DIRECT[0] : DIRECT[1]) ?? "";
}

const tsOf = ({ event }: Readonly<Record<string, unknown>>): unknown =>
  typeof event === "object" && event !== null && "ts" in event ? event.ts : undefined;

function leftAt(sim: SlackSimulator, room: string, message: Message): readonly string[] {
  const { channel, ts, stream, reactions } = message;
  const left: string[] = [];
  if (stream?.state === "streaming") left.push("is still being typed");
  if (visibleText(message).includes("[Stop]")) left.push("has a stop button");
  if ([...reactions.values()].some((by) => by.has(sim.botUserId))) left.push("has a reaction");
  if (sim.world.status(channel, ts)) left.push("has a status");
  if (sim.world.session(channel, ts)?.status === "processing") left.push("is shown as being processed");
  return left.map((what) => `${room} ${ts}: ${what} (${visibleText(message).slice(0, 60)})`);
}
