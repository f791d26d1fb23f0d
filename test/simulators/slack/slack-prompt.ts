// Slack played by hand: each typed line is something that alice does, and what the bot says is printed.

import { createInterface } from "node:readline";
import type { Message } from "./records.ts";
import type { SlackSimulator } from "./slack-simulator.ts";
import { visibleText } from "./visible-text.ts";

const WHO = "alice";
const HELP = `say general @bot hello     in a channel (general, secret, shared, random)
dm hello                   in direct messages
thread <ts> text           a reply; the end of the ts will do
click Approve              the last button of that name
command status             /assistant status
stop <ts>                  the stop button of a thread
show                       everything that was said
state                      calls, deliveries, violations
quit                       ends it`;

export async function playSlack(sim: SlackSimulator): Promise<void> {
  print(`Put these lines into .env, then start the server:

SLACK_API_URL=${sim.apiUrl}
SLACK_BOT_TOKEN=${sim.botToken}
SLACK_APP_TOKEN=${sim.appToken}

${HELP}
`);
  const shown = new Map<string, string>();
  sim.onChange(() => showNews(sim, shown));
  const lines = createInterface({ input: process.stdin });
  for await (const typed of lines) {
    if (typed.trim() === "quit") break;
    try {
      print(play(sim, typed.trim()));
    } catch (error) {
      print(error instanceof Error ? error.message : String(error));
    }
  }
  lines.close();
  await sim.close();
}

function print(text: string): void {
  if (text !== "") process.stdout.write(`${text}\n`);
}

function showNews(sim: SlackSimulator, shown: Map<string, string>): void {
  const posts = everything(sim).filter(({ botId }) => botId !== undefined);
  const news = [
    ...posts.map((message) => ({ ts: message.ts, text: line(sim, message) })),
    ...sim.world.ephemerals.map((message) => ({ ts: message.ts, text: `(only you) ${visibleText(message)}` })),
  ];
  for (const { ts, text } of news) {
    if (shown.get(ts) === text) continue;
    shown.set(ts, text);
    print(text);
  }
}

const everything = (sim: SlackSimulator): readonly Message[] =>
  [...sim.world.channels.values()].flatMap(({ id }) => sim.world.messages(id));

function line(sim: SlackSimulator, message: Message): string {
  const thread = message.threadTs === undefined ? "" : ` (thread ${message.threadTs})`;
  const { name } = sim.world.channel(message.channel);
  return `[${name} ${message.ts}]${thread} ${sim.world.user(message.userId).name}: ${visibleText(message)}`;
}

function play(sim: SlackSimulator, typed: string): string {
  const [verb = "", first = "", ...rest] = typed.split(" ");
  const after = rest.join(" ");
  switch (verb) {
    case "":
      return "";
    case "say":
      return line(sim, sim.people.say(WHO, first, after));
    case "dm":
      return line(sim, sim.people.dm(WHO, `${first} ${after}`.trim()));
    case "thread": {
      const root = found(sim, first);
      return line(sim, sim.people.say(WHO, root.channel, after, { thread: root }));
    }
    case "click":
      return click(sim, `${first} ${after}`.trim());
    case "command":
      sim.people.command(WHO, "/assistant", `${first} ${after}`.trim());
      return "";
    case "stop": {
      const root = found(sim, first);
      sim.people.stopSession(WHO, root.channel, root.threadTs ?? root.ts);
      return "";
    }
    case "show":
      return everything(sim)
        .map((message) => line(sim, message))
        .join("\n");
    case "state":
      return sim.describe();
    default:
      return HELP;
  }
}

function found(sim: SlackSimulator, tsEnd: string): Message {
  const message = everything(sim).findLast(({ ts }) => tsEnd !== "" && ts.endsWith(tsEnd));
  if (!message) throw new Error(`no message ${tsEnd}`);
  return message;
}

function click(sim: SlackSimulator, label: string): string {
  const candidates = [...everything(sim), ...sim.world.ephemerals].reverse();
  for (const message of candidates) {
    if (!JSON.stringify(message.blocks).includes(JSON.stringify(label))) continue;
    sim.people.click(WHO, message, label);
    return "";
  }
  throw new Error(`nothing to click is called ${label}`);
}
