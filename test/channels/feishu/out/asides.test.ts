// What is said beside an answer comes once, whatever the platform does and whenever the process dies.

import { describe, expect, test } from "vitest";
import type { Aside } from "../../../../src/core/aside.ts";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import { type FeishuBot, gate, saidIn, startFeishuBot } from "./feishu-bot.ts";
import { MovedClock } from "./moved-clock.ts";

const HOUR_MS = 60 * 60_000;
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const picture = (text = "", content: Buffer = PNG): Aside => ({
  kind: "file",
  text,
  file: { name: "图.png", mediaType: "image/png", content },
});
const table: Aside = {
  kind: "file",
  text: "",
  file: { name: "表.csv", mediaType: "text/csv", content: Buffer.from("a,b\n1,2\n") },
};

const saying = (aside: Aside): Tool => ({
  name: "say",
  description: "Says it.",
  capabilities: [],
  isRepeatable: true,
  parameters: { type: "object", properties: {} },
  run: async (_args, { chat }) => {
    await chat.say(aside);
    return "said";
  },
});

const calling = (aside: Aside) => ({
  tools: [saying(aside)],
  model: [{ calls: [{ name: "say" }] }, "Here it is."],
});

function direct(sim: FeishuSimulator) {
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  return { ann, chat, say: (text: string) => sim.people.say(ann, chat, text) };
}

const filesIn = (sim: FeishuSimulator): readonly string[] =>
  sim.world.posts().flatMap(({ content }) => {
    const key = /"((?:img|file)_v3_[^"]+)"/.exec(content)?.[1];
    return key === undefined ? [] : [sim.world.files.get(key)?.bytes.toString("base64") ?? "nothing"];
  });

async function answered(bot: FeishuBot): Promise<void> {
  await bot.sim.until(() => bot.sim.world.posts().some((post) => bot.sim.world.visibleText(post) === "Here it is."), {
    what: "the answer",
  });
  await bot.app.idle();
  expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
}

describe.concurrent("a file", () => {
  test("is a picture, with its words before it, then the answer", async () => {
    await using bot = await startFeishuBot(calling(picture("The sales <at id=all></at>")));
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const question = say("draw it");
    await answered(bot);
    const said = saidIn(sim, chat).filter((text) => text !== "Here it is.");
    expect(said).toEqual([expect.stringContaining("The sales"), "[image]"]);
    expect(filesIn(sim)).toEqual([PNG.toString("base64")]);
    expect(sim.world.posts(chat).every(({ parentId }) => parentId === question.messageId)).toBe(true);
    expect(sim.violations).toEqual([]);
  });

  test("is a file where it is no picture, or one that Feishu takes for none", async () => {
    for (const aside of [table, picture("", Buffer.from("89504e470d0a1a0a", "hex"))]) {
      await using bot = await startFeishuBot(calling(aside));
      const { chat, say } = direct(bot.sim);
      if (aside === table) say("send it");
      else {
        bot.sim.fault({ operation: "image.upload", how: { code: 234011 } });
        say("send it");
      }
      await answered(bot);
      expect(saidIn(bot.sim, chat).toSorted()).toEqual(["Here it is.", expect.stringMatching(/^\[file/)]);
    }
  });

  test("that Feishu does not take is told, and the answer does not wait for a permission", async () => {
    await using bot = await startFeishuBot(calling(picture()));
    const { chat, say } = direct(bot.sim);
    for (const scope of ["im:resource", "im:resource:upload"]) bot.sim.scopes.delete(scope);
    say("draw it");
    await answered(bot);
    expect(saidIn(bot.sim, chat).toSorted()).toEqual([
      expect.stringContaining("could not be sent here"),
      "Here it is.",
    ]);
  });

  for (const operation of ["image.upload", "message.reply"] as const) {
    for (const how of ["http500", "reset"] as const) {
      for (const when of ["before", "after"] as const) {
        test(`comes once when ${operation} ends in ${how} ${when} the work`, async () => {
          await using bot = await startFeishuBot(calling(picture()));
          const { chat, say } = direct(bot.sim);
          bot.sim.fault({ operation, how, when, times: 1 });
          say("draw it");
          await answered(bot);
          expect(saidIn(bot.sim, chat).toSorted()).toEqual(["Here it is.", "[image]"]);
        });
      }
    }
  }

  const moments = [
    ["between the upload and our note of it", (name: string, _key: string, n: number) => name === "put" && n === 1],
    ["between the message and our note of it", (name: string, _key: string, n: number) => name === "put" && n === 2],
    ["between our note and the ledger", (name: string) => name === "done"],
  ] as const;
  for (const [moment, isIt] of moments) {
    for (const laterMs of [0, 3 * HOUR_MS]) {
      test(`comes once when the process dies ${moment}, back ${laterMs === 0 ? "at once" : "hours later"}`, async () => {
        const clock = new MovedClock();
        const { opened: reached, open } = gate();
        let puts = 0;
        let isDying = false;
        const stops = (name: string, key: string): boolean => {
          if (name === "put" && key.startsWith("sent:")) puts += 1;
          const isHere = (name !== "put" || key.startsWith("sent:")) && isIt(name, key, puts);
          if (!isDying && !isHere) return false;
          isDying = true;
          open();
          return true;
        };
        const never = new Promise<never>(() => {});
        const wrapStore = (store: Store): Store => ({
          ...store,
          deliveryDone: (...given) => (stops("done", given[0]) ? never : store.deliveryDone(...given)),
          putMemo: (...given) => (stops("put", given[1]) ? never : store.putMemo(...given)),
        });
        await using first = await startFeishuBot({ ...calling(picture()), clock, wrapStore });
        const { sim } = first;
        const { chat, say } = direct(sim);
        say("draw it");
        await reached;
        await first.crash();
        clock.move(laterMs);
        await using second = await startFeishuBot({
          after: first,
          clock,
          ...calling(picture()),
          model: ["Here it is."],
        });
        await answered(second);
        expect(saidIn(sim, chat).toSorted()).toEqual(["Here it is.", "[image]"]);
        expect(sim.violations).toEqual([]);
      });
    }
  }
});

describe.concurrent("a call to a person", () => {
  test("names that person and nobody else", async () => {
    const sim = { ann: "", text: "please look <at id=all></at> <at id=ou_other></at> @_all" };
    const tool: Tool = {
      ...saying(picture()),
      run: async (_args, { chat }) => {
        const [ann] = await chat.people();
        if (!ann) throw new Error("nobody is here");
        sim.ann = ann.id;
        await chat.say({ kind: "mention", text: sim.text, mention: ann });
        return "said";
      },
    };
    await using bot = await startFeishuBot({ ...calling(table), tools: [tool] });
    const { ann, chat, say } = direct(bot.sim);
    say("call me");
    await answered(bot);
    expect(sim.ann).toBe(`feishu:${ann.openId}`);
    expect(saidIn(bot.sim, chat)).toContainEqual(expect.stringMatching(/^@Ann\s+please look/));
    expect(bot.sim.violations).toEqual([]);
  });

  test("of another organisation names, and calls nobody", async () => {
    const eve = { id: "feishu:ou_eve@external", name: "Eve" };
    await using bot = await startFeishuBot(calling({ kind: "mention", text: "please look", mention: eve }));
    const { chat, say } = direct(bot.sim);
    say("call eve");
    await answered(bot);
    expect(bot.sim.world.posts(chat).map(({ content }) => content)).not.toContainEqual(
      expect.stringContaining("ou_eve"),
    );
    expect(saidIn(bot.sim, chat).join()).toContain("Eve");
  });
});
