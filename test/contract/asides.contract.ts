// What is said beside an answer, told the same on every platform: a file comes whole, once, in its thread, behind what was said before
// and before the answer is over; a call calls one person of the conversation. An answer that is being shown already keeps its place.

import { describe, expect, test } from "vitest";
import { mention } from "../../src/tools/mention.ts";
import { createSendFile } from "../../src/tools/send-file.ts";
import type { Script } from "../support/fake-model.ts";
import { workspacesForTests } from "../tools/workspace/workspace-for-tests.ts";
import { ended } from "./stories.ts";
import type { StartTeam } from "./team.ts";

const TABLE = "月份,销量\n五月,3\n";
const CONFIG = "roles: { member: { users: ['*'], grants: [chat.file, chat.mention] } }";
const sends: Script = { calls: [{ name: "send_file", arguments: { path: "五月.csv" } }] };
const calls = (person: string): Script => ({
  calls: [{ name: "mention", arguments: { person, text: "please look <!channel> <at id=all></at>" } }],
});

export function describeAsides(name: string, startTeam: StartTeam): void {
  const start = async (model: readonly Script[]) => {
    const { workspaces, remove } = workspacesForTests();
    const workspace = await workspaces.of("test:one");
    await workspace.change("五月.csv", () => Buffer.from(TABLE));
    const tools = [createSendFile({ of: async () => workspace }), mention];
    const team = await startTeam({ model, tools, config: CONFIG });
    return {
      team,
      async [Symbol.asyncDispose]() {
        await team[Symbol.asyncDispose]();
        remove();
      },
    };
  };

  describe.concurrent(`${name}: beside the answer`, () => {
    test("a file comes whole, where it was asked for", async () => {
      await using started = await start([sends, "Sent.", "Nothing here."]);
      const { team } = started;
      const said = team.ask("ann", "the table, please");
      await team.idle();
      expect(team.files(said)).toEqual([TABLE]);
      expect(team.seen(said)).toHaveLength(2);
      expect(team.seen(said)).toContain("Sent.");
      const other = team.ask("bob", "and here?");
      await team.idle();
      expect(team.files(other)).toEqual([]);
      await ended(team);
    });

    test("a file that follows an answer which cannot be sent at once stands behind it, and comes once", async () => {
      await using started = await start(["The first answer.", sends, "Sent."]);
      const { team } = started;
      const said = team.ask("ann", "first");
      team.failNextSend();
      team.reply("ann", said, "the table, please");
      await team.until("the first is there", () => team.seen(said).includes("The first answer."));
      await team.until("all is there", () => team.seen(said).includes("Sent."));
      await team.idle();
      expect(team.seen(said)).toHaveLength(3);
      expect(team.seen(said)[0]).toBe("The first answer.");
      expect(team.files(said)).toEqual([TABLE]);
      await ended(team);
    });

    test("a restart right after a file was sent sends no second one", async () => {
      await using started = await start([sends, { text: "", until: new Promise(() => {}) }]);
      const { team } = started;
      const said = team.ask("ann", "the table, please");
      await team.until("the file is there", () => team.files(said).length === 1);
      await team.restart(["Sent."]);
      await team.until("it is answered", () => team.seen(said).includes("Sent."));
      expect(team.files(said)).toEqual([TABLE]);
      await ended(team);
    });

    test("a call calls one who was named, and nobody else", async () => {
      await using started = await start([calls("bob"), "Called.", calls("carol"), "I know no Carol."]);
      const { team } = started;
      const said = team.ask("ann", "tell them", "bob");
      await team.idle();
      expect(team.called(said)).toEqual(["bob"]);
      expect(team.seen(said).join()).toContain("Called.");
      const next = team.reply("ann", said, "and carol");
      await team.idle();
      expect(team.called(next)).toEqual(["bob"]);
      await ended(team);
    });
  });
}
