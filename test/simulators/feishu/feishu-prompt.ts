// Playing a person by hand: what is typed is said to the bot, what the bot says is printed.

import { createInterface } from "node:readline";
import type { FeishuSimulator } from "./feishu-simulator.ts";
import type { Message } from "./world/world-records.ts";

const HELP = `Type a line to say it to the bot in the direct chat.
/group TEXT      say it in the group, mentioning the bot
/press BUTTON    press a button of the bot's last card
/recall          recall your last message
/quit`;

export async function playFeishu(sim: FeishuSimulator): Promise<void> {
  const { world, people } = sim;
  const me = world.addUser("Ann");
  const direct = world.p2p(me);
  const group = world.addGroup({ name: "the group", members: [me] });
  let mine: Message | undefined;
  print(`Put these lines into .env, then start the server:

FEISHU_APP_ID=${sim.appId}
FEISHU_APP_SECRET=${sim.appSecret}
FEISHU_DOMAIN=${sim.domain}
${sim.encryptKey === undefined ? "" : `FEISHU_ENCRYPT_KEY=${sim.encryptKey}\n`}FEISHU_VERIFICATION_TOKEN=${sim.verificationToken}

${HELP}
`);

  const shown = new Map<string, string>();
  const showPosts = (): false => {
    for (const message of world.posts()) {
      const text = world.visibleText(message);
      if (shown.get(message.messageId) === text) continue;
      shown.set(message.messageId, text);
      print(`bot> ${text}`);
    }
    return false;
  };
  // Looks after every change; it ends with the simulator.
  const watching = sim.until(showPosts, { timeoutMs: WATCH_MS_MAX, what: "the bot says more" }).catch(() => {});

  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const [command = "", ...rest] = line.split(" ");
    const text = rest.join(" ");
    if (command === "/quit") break;
    if (command === "/group") mine = people.say(me, group, text, { mentions: ["bot"] });
    else if (command === "/recall" && mine) people.recall(mine);
    else if (command === "/press") await press(text);
    else if (line.startsWith("/help")) print(HELP);
    else if (line.trim() !== "") mine = people.say(me, direct, line);
  }
  lines.close();
  await sim.close();
  await watching;

  async function press(button: string): Promise<void> {
    const card = world.posts().findLast((message) => world.buttons(message).length > 0);
    if (!card) return print("there is no card with a button");
    try {
      const { toast, errorCode } = await people.click(me, card, button);
      print(errorCode === undefined ? `toast> ${toast?.content ?? "(none)"}` : `error> ${errorCode}`);
    } catch (error) {
      print(String(error));
    }
  }
}

const WATCH_MS_MAX = 2_147_483_647;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
