// A spawned task's card in Feishu: what quotes it is said to its agent, by who asked for it; a card that may not be changed any more
// is let go, and the result comes.

import { expect, test } from "vitest";
import type { Tool } from "../../../../src/core/tool.ts";
import type { Script } from "../../../support/fake-model.ts";
import { startFeishuApp } from "../start-feishu-app.ts";

const CARD_TOO_OLD = 230031;

function digging() {
  const done = Promise.withResolvers<string>();
  const dig: Tool = {
    name: "dig",
    description: "",
    capabilities: [],
    parameters: { type: "object" },
    run: () => done.promise,
  };
  const fallback: Script = ({ items, system }) => {
    if (!system.includes("You are researcher.")) return "Main.";
    const heard = items.map((item) => ("text" in item ? item.text : "")).join(" | ");
    return items.length > 1 ? `I heard: ${heard}` : { text: "", calls: [{ name: "dig" }] };
  };
  return { options: { tools: [dig], agents: [{ name: "researcher" }], fallback }, open: () => done.resolve("dug") };
}

async function calling() {
  const { options, open } = digging();
  const bot = await startFeishuApp(options);
  const { sim } = bot;
  const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
  const group = sim.world.addGroup({ members: [ann, bob] });
  sim.people.say(ann, group, "@researcher compare X and Y", { mentions: ["bot"] });
  const said = (): readonly string[] => sim.world.posts(group).map((post) => sim.world.visibleText(post));
  await sim.until(() => /running.*dig/s.test(said().join()), { what: "its card tells what it does" });
  const [card] = sim.world.posts(group);
  if (!card) throw new Error("there is no card");
  return { bot, sim, ann, bob, group, card, said, open };
}

test("who asked quotes the card and is heard; another one is told so", async () => {
  const { bot, sim, ann, bob, group, card, said, open } = await calling();
  await using _ = bot;
  sim.people.say(bob, group, "stop all this", { replyTo: card });
  await sim.until(() => said().some((text) => text.includes("who alone may tell it more")), { what: "Bob is told" });
  sim.people.say(ann, group, "and look at Z", { replyTo: card });
  await sim.until(() => said().some((text) => text.includes("Told **@researcher**")), { what: "Ann is told" });
  open();
  await sim.until(() => said().some((text) => text.includes("I heard")), { what: "its result" });
  await sim.until(() => sim.world.buttons(card).length === 0, { what: "its card ends" });
  await bot.idle();
  expect(said().filter((text) => text.includes("I heard"))).toEqual([
    expect.stringMatching(/I heard: Ann: compare X and Y \|.*Ann: and look at Z$/),
  ]);
  expect(sim.violations).toEqual([]);
});

test("a card that may not be changed any more is let go, and the result comes", async () => {
  const { bot, sim, said, open } = await calling();
  await using _ = bot;
  sim.fault({ operation: "message.patch", how: { code: CARD_TOO_OLD }, times: 50 });
  open();
  await sim.until(() => said().some((text) => text.includes("I heard")), { what: "its result" });
  await bot.idle();
  await expect.poll(() => bot.store.memos("feishu", "card:", 10)).toEqual([]);
  expect(sim.callsOf("message.patch").filter(({ code }) => code === CARD_TOO_OLD)).toHaveLength(1);
});
