// A server that is killed while agents' programs work: a real process, a real kill, a second start on the same folder (P4).

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test, vi } from "vitest";
import { EventConnection } from "../support/event-connection.ts";
import { Machine } from "../support/program.ts";
import { sandboxForTests } from "../tools/sandbox/sandbox-for-tests.ts";

vi.setConfig({ testTimeout: 60_000 });

const sandbox = await sandboxForTests();
const agentFile = (more: string): string => `---
description: Builds.
${more}
command: [bash, -c, 'echo "begun $1"; echo run >>runs; [ "$(wc -l <runs)" -gt 1 ] && echo "done after all" || sleep 1000', agent, "{{goal}}"]
---
`;
/** Both at work when it is killed; each in a session of its own. */
const AGENTS = [
  { name: "builder", more: "", state: "failed", words: /^begun it\n\nThe server stopped while `bash` was working/ },
  { name: "again", more: "repeatable: true", state: "done", words: /^begun it\ndone after all$/ },
];

test.skipIf(!sandbox)(
  "killed with the server, one that is repeatable is run again and another is not: each end is said once",
  async () => {
    await using machine = new Machine();
    for (const { name, more } of AGENTS) machine.write(`config/agents/${name}.md`, agentFile(more));
    const post = async (url: string, agent: string): Promise<Response> =>
      fetch(`${url}/api/sessions/${agent}/messages`, {
        method: "POST",
        body: JSON.stringify({ text: `@${agent} it` }),
      });
    const shown = (): number => {
      const ledger = new Sqlite(join(machine.folder, "data/signalbox.db"), { readonly: true });
      const row = ledger.prepare("select count(*) as n from events where body like '%text_end%begun it%'").get();
      ledger.close();
      return (row as { n: number }).n;
    };

    const first = machine.start(["start"]);
    const url = await first.url();
    for (const { name } of AGENTS) await post(url, name);
    await expect.poll(shown, { timeout: 20_000 }).toBe(AGENTS.length);
    first.kill("SIGKILL");
    await first.ended;
    const second = await machine.start(["start"]).url();
    const headers = { "last-event-id": "0" };
    for (const { name, state, words } of AGENTS) {
      const events = new EventConnection(await fetch(`${second}/api/sessions/${name}/events`, { headers }));
      await events.readUntil("agent_done");
      expect(events.events.filter(({ type }) => type === "agent_done").map(({ fields }) => fields)).toMatchObject([
        { agent: name, state, text: expect.stringMatching(words) },
      ]);
      await events.leave();
    }
  },
);
