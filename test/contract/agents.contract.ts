// The contract of a chat channel for agents: each has one card, is told more, stopped and never lost, and its result comes once.

import { describe, expect, test } from "vitest";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import type { Script } from "../support/fake-model.ts";
import { echo } from "./echo.ts";
import { ended } from "./stories.ts";
import type { Said, StartTeam, Team } from "./team.ts";

const agents = [{ name: "researcher", aliases: ["研究员"] }, { name: "coder" }];
const config = 'roles: { member: { users: ["*"], grants: [agent.spawn] } }\n';
const never = new Promise<void>(() => {});

/** What the main agent answers is an echo. */
const cast =
  (lines: Readonly<Record<string, Script>>): Script =>
  (request) =>
    lines[/You are (\w+)\./.exec(request.system)?.[1] ?? ""] ?? echo;

/** A tool that the agent is busy with until the test lets it. */
function digging() {
  const done = Promise.withResolvers<string>();
  const dig: Tool = {
    name: "dig",
    description: "",
    capabilities: [],
    parameters: { type: "object" },
    run: () => done.promise,
  };
  return { dig, open: () => done.resolve("dug") };
}
const digs: Script = (request) =>
  request.items.length > 1 ? `I heard: ${words(request)}` : { text: "I dig. ", calls: [{ name: "dig" }] };
const words = ({ items }: ModelRequest): string => items.map((item) => ("text" in item ? item.text : "")).join(" | ");

/** The cards of an agent: what a card says ends with its task. */
const cards = (team: Team, said: Said, agent: string): readonly string[] =>
  team.seen(said).filter((text) => text.includes(`@${agent}`) && /task_\w+/.test(text) && !/\/tell/.test(text));
const results = (team: Team, said: Said, agent: string): readonly string[] =>
  team.seen(said).filter((text) => text.includes(`@${agent}`) && !/task_\w+/.test(text) && !/Told/.test(text));
const told = (team: Team, said: Said): readonly string[] => team.seen(said).filter((text) => /^Told/.test(plain(text)));
const plain = (text: string): string => text.replace(/[*`]/g, "");

const digsOn = (team: Team, said: Said, agent: string): Promise<void> =>
  team.until(`${agent} is seen digging`, () => /running.*dig/s.test(cards(team, said, agent).join()));

export function describeAgents(name: string, startTeam: StartTeam): void {
  describe.concurrent(`${name}: agents`, () => {
    test("two work at once while the chat goes on; a stranger stops neither, the asker does; each has one card", async () => {
      const { dig, open } = digging();
      const lines = { researcher: digs, coder: { text: "Half a script.", until: never } };
      await using team = await startTeam({ agents, config, tools: [dig], cast: cast(lines) });
      const said = team.ask("ann", "@researcher compare X and Y, and @coder write the script");
      await digsOn(team, said, "researcher");
      await team.until("coder works", () => /running/.test(cards(team, said, "coder").join()));
      expect(cards(team, said, "coder").join()).toContain("write the script");
      team.reply("bob", said, "how nice");
      await team.until("the chat goes on", () => team.seen(said).join().includes("You said: how nice"));

      expect(await team.pressStop("bob", said, "@coder")).toContain("Only the person who asked");
      expect(await team.pressStop("ann", said, "@coder")).toBe("Stopping.");
      await team.until("coder's card tells it", () => /stopped/.test(cards(team, said, "coder").join()));
      open();
      await team.until("researcher's card tells it", () => /done/.test(cards(team, said, "researcher").join()));
      await ended(team);
      expect(cards(team, said, "researcher")).toHaveLength(1);
      expect(cards(team, said, "coder")).toHaveLength(1);
      expect(cards(team, said, "researcher")[0]).toMatch(/tokens/);
      expect(results(team, said, "researcher")).toEqual([expect.stringMatching(/I heard: \w+: compare X and Y/)]);
      expect(results(team, said, "coder")).toEqual([expect.stringMatching(/Half a script\.\s+Stopped\./)]);

      team.reply("ann", said, "what did they find?");
      await team.until("it is answered", () => team.seen(said).at(-1)?.includes("what did they find?") === true);
      expect(words(team.model.requests.at(-1) as ModelRequest)).toContain("The agent researcher");
    });

    test("under what called it the asker steers it before its next step; others talk with everybody", async () => {
      const { dig, open } = digging();
      await using team = await startTeam({ agents, config, tools: [dig], cast: cast({ researcher: digs }) });
      const said = team.ask("ann", "@researcher compare X and Y");
      await digsOn(team, said, "researcher");
      team.reply("ann", said, "and look at Z");
      await team.until("it is told", () => told(team, said).length === 1);
      team.reply("bob", said, "hello there");
      await team.until("the chat goes on", () => team.seen(said).join().includes("You said: hello there"));
      team.reply("bob", said, "@researcher: forget it all");
      await team.until("Bob is told", () => team.seen(said).join().includes("who alone may tell it more"));
      open();
      await ended(team);
      expect(results(team, said, "researcher").filter((text) => text.includes("I heard"))).toEqual([
        expect.stringMatching(/compare X and Y.*and look at Z/s),
      ]);
      expect(team.seen(said).join()).not.toMatch(/I heard.*forget it all/s);
    });

    test("a crash in the middle: the same card goes on, and one result comes", async () => {
      const { dig } = digging();
      await using team = await startTeam({ agents, config, tools: [dig], cast: cast({ researcher: digs }) });
      const said = team.ask("ann", "@researcher compare X and Y");
      await digsOn(team, said, "researcher");
      await team.restart();
      await team.until("its card tells the end", () => /done/.test(cards(team, said, "researcher").join()));
      await team.until("its result is there", () => results(team, said, "researcher").length > 0);
      await ended(team);
      expect(cards(team, said, "researcher")).toHaveLength(1);
      expect(results(team, said, "researcher")).toEqual([expect.stringMatching(/I heard: \w+: compare X and Y/)]);
    });

    test("one that ended while nobody was there has a card that says so, and its result", async () => {
      await using team = await startTeam({ agents, config, cast: cast({ researcher: "X is better." }) });
      const said = team.ask("ann", "@researcher compare X and Y");
      await team.told();
      await team.restart();
      await team.until("its result is there", () => results(team, said, "researcher").length === 1);
      await team.until("its card tells the end", () => /done/.test(cards(team, said, "researcher").join()));
      await team.until("its result is there", () => results(team, said, "researcher").length > 0);
      await ended(team);
      expect(cards(team, said, "researcher")).toHaveLength(1);
      expect(results(team, said, "researcher")).toEqual([expect.stringContaining("X is better.")]);
    });

    test("a card that cannot be posted at once costs no result", async () => {
      await using team = await startTeam({ agents, config, cast: cast({ researcher: "X is better." }) });
      team.failNextSend();
      const said = team.ask("ann", "@researcher compare X and Y");
      await team.until("its card is there", () => cards(team, said, "researcher").length === 1);
      await team.until("its result is there", () => results(team, said, "researcher").length === 1);
      await ended(team);
    });

    test("what called it is taken back: it stops, its card says so, and nothing else is said", async () => {
      const { dig } = digging();
      await using team = await startTeam({ agents, config, tools: [dig], cast: cast({ researcher: digs }) });
      const root = team.ask("bob", "good morning");
      await team.until("it is answered", () => team.seen(root).length === 1);
      const said = team.reply("ann", root, "@researcher compare X and Y");
      await digsOn(team, root, "researcher");
      team.takeBack(said);
      await team.until("its card tells it", () => /stopped/.test(cards(team, root, "researcher").join()));
      await ended(team);
      expect(results(team, root, "researcher")).toEqual([]);
    });

    test.each([
      ["@reseacher compare X and Y", /There is no agent @reseacher. Did you mean @researcher\?/],
      ["＠ＲＥＳＥＡＲＣＨＥＲ　compare X and Y", /X is better/],
      ["@研究员 compare X and Y", /X is better/],
      ["good morning {bot} @researcher compare X and Y", /X is better/],
      ["@researcher compare X and Y, then @codr", /no agent @codr. Did you mean @coder\?/],
      ["@painter a portrait, please", /You said: @painter a portrait/],
    ])("%j is answered", async (text, answer) => {
      await using team = await startTeam({ agents, config, cast: cast({ researcher: "X is better." }) });
      const said = team.ask("ann", text);
      await team.until("it is answered", () => answer.test(plain(team.seen(said).join("\n"))));
      await ended(team);
      expect(plain(team.seen(said).join("\n")).match(new RegExp(answer, "g"))).toHaveLength(1);
    });
  });
}
