// The contract of a chat channel while it is busy: who waits, who stops, and second thoughts.

import { describe, expect, test } from "vitest";
import { ended, gated, shown, working } from "./stories.ts";
import type { StartTeam } from "./team.ts";

export function describeBusyChannel(name: string, startTeam: StartTeam): void {
  describe.concurrent(`${name}: while it is busy`, () => {
    test("who has to wait sees it and the place in the line, and is answered next", async () => {
      const { script, open } = gated();
      await using team = await startTeam({ model: [script] });
      const first = team.ask("ann", "first");
      await working(team);
      await team.until("the first has a sign", () => team.hasSign(first));
      const second = team.reply("bob", first, "second");
      await team.until("the second has a sign", () => team.hasSign(second));
      await team.until("the second knows its place", () => team.places(second).length > 0);
      expect(team.places(second)).toEqual(["One message is before yours."]);
      open();
      await team.idle();
      expect(team.seen(second)[1]).toContain("You said: second");
      await ended(team);
    });

    test("/status and /stop are answered at once, and what is behind goes on", async () => {
      const { script } = gated();
      await using team = await startTeam({ model: [script] });
      const first = team.ask("ann", "first");
      await working(team);
      const behind = team.reply("ann", first, "behind");
      team.reply("ann", first, "/status");
      await team.until("the status is told", () => team.seen(first).some((text) => text.includes("1 running")));
      expect(team.seen(first).join("\n")).toContain("1 running, 1 waiting");
      team.reply("ann", first, "/stop");
      await team.until("what is behind is answered", () => team.seen(behind).join().includes("You said: behind"));
      await team.idle();
      expect(team.seen(first).join("\n")).toContain("Stopping it.");
      expect(team.seen(first).join("\n")).toContain("Stopped.");
      await ended(team);
    });

    test("the stop button is the asker's, and a stranger is told so", async () => {
      const { script } = gated();
      await using team = await startTeam({ model: [script] });
      const said = team.ask("ann", "a story");
      await team.until("there is a button", () => team.hasStopButton(said));
      expect(await team.pressStop("bob", said)).toContain("Only the person who asked");
      expect(await team.pressStop("ann", said)).toBe("Stopping.");
      await team.until("it is stopped", () => team.seen(said).join().includes("Stopped."));
      expect(team.seen(said)).toHaveLength(1);
      await ended(team);
    });

    test("a message that is changed while it waits is worked once, in its newest words where they are told", async () => {
      const { script, open } = gated();
      await using team = await startTeam({ model: [script] });
      const first = team.ask("ann", "first");
      await working(team);
      const second = team.reply("ann", first, "second");
      await team.until("the second waits", () => team.hasSign(second));
      team.edit(second, "better");
      await team.told();
      open();
      await team.idle();
      expect(team.seen(second).slice(1)).toEqual([`You said: ${team.tellsOfEdits ? "better" : "second"}`]);
      await ended(team);
    });

    test("a message that is changed after its answer is not answered again", async () => {
      await using team = await startTeam();
      const first = team.ask("ann", "first");
      await team.idle();
      team.edit(first, "corrected");
      await team.idle();
      expect(team.seen(first)).toEqual(["You said: first"]);
      const next = team.reply("ann", first, "next");
      await team.idle();
      expect(team.seen(next)).toEqual(["You said: first", "You said: next"]);
      expect(shown(team).includes("It now reads: corrected")).toBe(team.tellsOfEdits);
      await ended(team);
    });

    test("a message that is taken back while it waits is never worked", async () => {
      const { script, open } = gated();
      await using team = await startTeam({ model: [script] });
      const first = team.ask("ann", "first");
      await working(team);
      const second = team.reply("ann", first, "second");
      await team.until("the second waits", () => team.hasSign(second));
      team.takeBack(second);
      await team.told();
      open();
      await team.idle();
      expect(team.model.requests).toHaveLength(1);
      expect(team.seen(first)).toHaveLength(1);
      await ended(team);
    });

    test("a message that is taken back while it is worked is stopped in silence, and the next one is heard", async () => {
      const { script } = gated();
      await using team = await startTeam({ model: [script] });
      const said = team.direct("ann", "oh no");
      await working(team);
      team.takeBack(said);
      await team.idle();
      const next = team.direct("ann", "better");
      await team.idle();
      expect(team.seen(next).join("\n")).not.toContain("Stopped");
      expect(team.seen(next).at(-1)).toBe("You said: better");
    });
  });
}
