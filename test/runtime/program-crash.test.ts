// A server that is killed while an agent's program works: a real process, a real kill, a second start on the same folder (P4).

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

test.skipIf(!sandbox).each([
  ["", "failed", /^begun it\n\nThe server stopped while `bash` was working/],
  ["repeatable: true", "done", /^begun it\ndone after all$/],
])("killed with the server; its file says %j: it is %s, and that is said once", async (more, state, words) => {
  await using machine = new Machine();
  machine.write("config/agents/builder.md", agentFile(more));
  const post = async (url: string): Promise<Response> =>
    fetch(`${url}/api/sessions/s/messages`, { method: "POST", body: JSON.stringify({ text: "@builder it" }) });
  const shown = (): number => {
    const ledger = new Sqlite(join(machine.folder, "data/signalbox.db"), { readonly: true });
    const row = ledger.prepare("select count(*) as n from events where body like '%text_end%begun it%'").get();
    ledger.close();
    return (row as { n: number }).n;
  };

  const first = machine.start(["start"]);
  await post(await first.url());
  await expect.poll(shown, { timeout: 20_000 }).toBe(1);
  first.kill("SIGKILL");
  await first.ended;
  const second = machine.start(["start"]);
  const headers = { "last-event-id": "0" };
  const events = new EventConnection(await fetch(`${await second.url()}/api/sessions/s/events`, { headers }));
  await events.readUntil("agent_done");
  expect(events.events.filter(({ type }) => type === "agent_done").map(({ fields }) => fields)).toMatchObject([
    { agent: "builder", state, text: expect.stringMatching(words) },
  ]);
  await events.leave();
});
