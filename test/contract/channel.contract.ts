// The contract of a chat channel: the same story on every platform and over every transport ends the same way for people.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import { describeAsides } from "./asides.contract.ts";
import { describeBusyChannel } from "./busy-channel.contract.ts";
import { ended, gated, shown } from "./stories.ts";
import type { StartTeam } from "./team.ts";

const TURNS_OF_BOTS_MAX = 5;
const EVERYBODY = '<!channel> <!here> <!everyone> @channel @everyone @_all <at id=all></at> <at user_id="all">all</at>';
const PARAGRAPHS = Array.from({ length: 60 }, (_, n) => `Paragraph ${n}: ${"the train goes on and on. ".repeat(20)}`);

const letters = (texts: readonly string[]): string => texts.join("").replace(/[^\p{L}\p{N}]/gu, "");

export function describeChannel(name: string, startTeam: StartTeam): void {
  describe.concurrent(`${name}: in conversation`, () => {
    test("a mention is answered in its thread or topic, and what follows there needs none", async () => {
      await using team = await startTeam();
      const first = team.ask("ann", "one");
      await team.idle();
      expect(team.seen(first)).toEqual(["You said: one"]);
      const second = team.reply("ann", first, "two");
      await team.idle();
      expect(team.seen(second)).toEqual(["You said: one", "You said: two"]);
      const other = team.ask("ann", "three");
      await team.idle();
      expect(team.seen(other)).toEqual(["You said: three"]);
      expect(shown(team)).not.toContain("one");
      await ended(team);
    });

    test("a direct message needs no mention, and is one conversation", async () => {
      await using team = await startTeam();
      team.direct("bob", "one");
      const second = team.direct("bob", "two");
      await team.idle();
      expect(team.seen(second)).toEqual(["You said: one", "You said: two"]);
      expect(shown(team)).toContain("one");
      await ended(team);
    });

    test("two people in one thread are answered in the order in which they spoke", async () => {
      await using team = await startTeam();
      const root = team.ask("ann", "q0");
      await team.idle();
      for (let n = 1; n <= 4; n += 1) team.reply(n % 2 === 0 ? "ann" : "bob", root, `q${n}`);
      await team.idle();
      const answers = team.seen(root).map((text) => /You said: (q\d)/.exec(text)?.[1]);
      expect(answers).toEqual(["q0", "q1", "q2", "q3", "q4"]);
      expect(shown(team)).toMatch(/alice: q0|Ann: q0/);
      expect(shown(team)).toMatch(/bob: q1|Bob: q1/);
      await ended(team);
    });

    test("what is told twice is answered once, also after a restart", async () => {
      await using team = await startTeam();
      const said = team.ask("ann", "once");
      team.tellAgain(said);
      await team.idle();
      team.tellAgain(said);
      await team.idle();
      await team.restart();
      team.tellAgain(said);
      await team.idle();
      expect(team.seen(said)).toEqual(["You said: once"]);
      expect(team.model.requests).toEqual([]);
      await ended(team);
    });

    test("an unknown command is a question like any other", async () => {
      await using team = await startTeam();
      const said = team.direct("ann", "/dance");
      await team.idle();
      expect(team.seen(said)).toEqual(["You said: /dance"]);
      await ended(team);
    });

    test("a file is read", async () => {
      await using team = await startTeam({ model: ["A list."] });
      const said = team.hand("ann", "list.txt", "apples and pears");
      await team.idle();
      expect(team.seen(said)).toEqual(["A list."]);
      expect(JSON.stringify(team.model.requests[0]?.items)).toContain("apples and pears");
      await ended(team);
    });

    test("other bots are answered a few times in a row, and again once a person has spoken", async () => {
      await using team = await startTeam();
      const root = team.ask("ann", "start");
      await team.idle();
      for (let n = 0; n < TURNS_OF_BOTS_MAX * 2; n += 1) team.robot(root, `beep ${n}`);
      await team.idle();
      const turns = team.seen(root).length - 1;
      expect(turns).toBeGreaterThan(0);
      expect(turns).toBeLessThanOrEqual(TURNS_OF_BOTS_MAX);
      team.reply("ann", root, "go on");
      await team.idle();
      team.robot(root, "beep at last");
      await team.idle();
      expect(team.seen(root).at(-1)).toContain("beep at last");
      await ended(team);
    });
  });

  describeBusyChannel(name, startTeam);
  describeAsides(name, startTeam);

  describe.concurrent(`${name}: what is said`, () => {
    test("a long answer arrives whole, in order", async () => {
      await using team = await startTeam({ model: [PARAGRAPHS.join("\n\n")] });
      const said = team.ask("ann", "everything?");
      await team.idle();
      expect(letters(team.seen(said))).toBe(letters(PARAGRAPHS));
      expect(team.seen(said).length).toBeGreaterThan(1);
      await ended(team);
    });

    test("an answer that cannot be sent at once still stands before the next one", async () => {
      const { script, open } = gated();
      await using team = await startTeam({ model: ["The first answer.", script] });
      const first = team.ask("ann", "first");
      team.failNextSend();
      const second = team.reply("ann", first, "second");
      await team.until("the second is worked", () => team.model.requests.length === 2);
      await team.until("both are seen", () => letters(team.seen(second)).includes("Halfofit"));
      open();
      await team.idle();
      expect(letters(team.seen(second))).toMatch(/^Thefirstanswer.*Halfofit/);
      await ended(team);
    });

    test("a failing model becomes one plain sentence", async () => {
      await using team = await startTeam({ model: [new AppError("provider-auth", "401 key sk-secret")] });
      const said = team.ask("ann", "hello?");
      await team.idle();
      expect(team.seen(said)).toEqual([expect.stringMatching(/^The model refused our access\./)]);
      expect(team.seen(said).join()).not.toContain("sk-secret");
      await ended(team);
    });

    test("the words of a model call nobody", async () => {
      await using team = await startTeam({ model: [`Attention ${EVERYBODY} please`] });
      const said = team.ask("ann", "call everybody");
      await team.idle();
      expect(team.seen(said).join()).toContain("Attention");
      await ended(team);
    });
  });

  describe.concurrent(`${name}: over restarts`, () => {
    test("a restart in the middle of an answer ends with one whole answer", async () => {
      const { script } = gated();
      await using team = await startTeam({ model: [script] });
      const said = team.ask("ann", "a story");
      await team.until("it is seen growing", () => team.seen(said).join().includes("Half of it"));
      await team.restart(["The whole story."]);
      await team.until("it is whole", () => team.seen(said).join() === "The whole story.");
      await ended(team);
      expect(team.seen(said)).toEqual(["The whole story."]);
    });

    test("what was said during an outage is answered afterwards, once and in order", async () => {
      await using team = await startTeam();
      const known = team.ask("ann", "before");
      const direct = team.direct("bob", "hello");
      await team.idle();
      await team.restart([], () => {
        team.reply("ann", known, "missed 1");
        team.direct("bob", "missed 2");
        team.takeBack(team.reply("ann", known, "taken back"));
        team.reply("ann", known, "missed 3");
      });
      const all = (): string => [...team.seen(known), ...team.seen(direct)].join("\n");
      await team.until("all is answered", () => ["1", "2", "3"].every((n) => all().includes(`You said: missed ${n}`)));
      await team.idle();
      expect(team.seen(known)).toEqual(["You said: before", "You said: missed 1", "You said: missed 3"]);
      expect(team.seen(direct)).toEqual(["You said: hello", "You said: missed 2"]);
      await ended(team);
    });
  });
}
