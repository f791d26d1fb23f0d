// Consent asked for on a card: who may presses, the card becomes the outcome for everybody, the call runs once.

import { expect, test } from "vitest";
import type { Tool } from "../../../../src/core/tool.ts";
import { saidIn, startFeishuBot } from "./feishu-bot.ts";

const tools = (ran: string[]): readonly Tool[] => [
  {
    name: "deploy",
    description: "",
    capabilities: ["shell.exec"],
    parameters: { type: "object" },
    run: async ({ what }) => {
      ran.push(String(what));
      return "done";
    },
  },
];

test("a press by who may makes it the outcome; by anybody else it stays", async () => {
  const ran: string[] = [];
  await using bot = await startFeishuBot({
    tools: tools(ran),
    model: [{ calls: [{ name: "deploy", arguments: { what: "商店" } }] }, "上线了。"],
    config:
      'roles: { member: { users: ["*"], grants: ["shell.exec"] }, boss: { users: ["*"], grants: [] } }\n' +
      "approvals: { capabilities: [shell.exec], approvers: [boss] }",
  });
  const { sim } = bot;
  const ann = sim.world.addUser("安");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "请部署商店");
  await sim.until(() => sim.world.posts(chat).some((post) => sim.world.buttons(post).length === 2), {
    what: "the card",
  });
  const [card] = sim.world.posts(chat);
  if (!card) throw new Error("no card");
  expect(sim.world.visibleText(card)).toContain('"what": "商店"');
  expect(ran).toEqual([]);
  expect(await sim.people.click(ann, card, "批准")).toMatchObject({ toast: { content: "已批准。" } });
  await sim.until(() => saidIn(sim, chat).some((text) => text.includes("上线了")), { what: "the answer" });
  await bot.app.idle();
  expect(ran).toEqual(["商店"]);
  const [after] = sim.world.posts(chat);
  expect(after && sim.world.visibleText(after)).toMatch(/批准了 `deploy`/);
  expect(after && sim.world.buttons(after)).toEqual([]);
  expect(sim.world.posts(chat)).toHaveLength(2);
});

test("who may not is told so, and the card stays for those who may", async () => {
  const ran: string[] = [];
  await using bot = await startFeishuBot({
    tools: tools(ran),
    model: [{ calls: [{ name: "deploy", arguments: { what: "shop" } }] }, "never"],
    config:
      'roles: { member: { users: ["*"], grants: ["shell.exec"] } }\n' +
      "approvals: { capabilities: [shell.exec], approvers: [admin] }",
  });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "deploy it");
  await sim.until(() => sim.world.posts(chat).some((post) => sim.world.buttons(post).length === 2), {
    what: "the card",
  });
  const [card] = sim.world.posts(chat);
  if (!card) throw new Error("no card");
  expect(await sim.people.click(ann, card, "Approve")).toMatchObject({
    toast: { content: "You may not decide this." },
  });
  await bot.app.idle();
  expect(ran).toEqual([]);
  expect(sim.world.buttons(card)).toHaveLength(2);
});
