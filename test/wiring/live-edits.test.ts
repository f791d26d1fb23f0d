// The whole program while an admin edits its folder: what is logged, what is on record, and what the next message meets (P13, P14).

import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Machine } from "../support/program.ts";

const asking = async (url: string, text: string): Promise<number> =>
  (
    await fetch(`${url}/api/sessions/one/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ text }),
    })
  ).status;

test("signalbox.yaml is written in place, renamed over, spoiled and removed", async () => {
  await using machine = new Machine();
  const file = "config/signalbox.yaml";
  machine.write(file, "limits: { taskSeconds: 100 }\n");
  const server = machine.start(["start"]);
  const url = await server.url();

  machine.write(file, "limits: { taskSeconds: 200 }\n");
  await server.logged("config", 1);
  machine.write(`${file}.new`, "limits: { taskSeconds: 300 }\n");
  renameSync(join(machine.folder, `${file}.new`), join(machine.folder, file));
  await server.logged("config", 2);
  // The watch goes on after the file was replaced.
  machine.write(file, "limits: { taskSeconds: 400 }\n");
  await server.logged("config", 3);

  machine.write(file, "limits: { taskSecond: 500 }\n");
  const refused = await server.logged("the edited configuration is not taken, the one before it stays", 1);
  expect(String(refused.message)).toContain(
    'signalbox.yaml:1: limits.taskSecond is not known; did you mean "taskSeconds"?',
  );
  rmSync(join(machine.folder, file));
  const gone = await server.logged("the edited configuration is not taken, the one before it stays", 2);
  expect(String(gone.message)).toContain("is gone");
  expect(await asking(url, "still there?")).toBe(202);

  machine.write(file, "limits: { taskSeconds: 600 }\n");
  await server.logged("config", 4);
  server.kill("SIGTERM");
  await server.ended;
  const verified = await machine.run(["audit", "verify"]);
  expect(verified.stdout).toBe("The audit is whole: 4 records.\n");
});

test("the sandbox is tested again, and MCP servers are others, once signalbox.yaml says so", async () => {
  await using machine = new Machine();
  const file = "config/signalbox.yaml";
  machine.write(file, "sandbox: container\n");
  machine.write(
    "tools/shout/tool.yaml",
    "name: shout\ndescription: d\ncapabilities: []\nparameters: { type: object }\ncommand: [cat]\n",
  );
  const server = machine.start(["start"]);
  await server.url();
  const off = await server.logged("a tool is not usable", 1);
  expect(String(off.message)).toContain("it is off: there is no sandbox: the level container is not available yet");

  machine.write(file, "sandbox: none\nmcp: { servers: { git: { command: [no-such-program] } } }\n");
  const renewed = await server.logged("sandbox, network and MCP servers are as configured now", 1);
  expect(renewed).toMatchObject({ level: "none", isOn: true, servers: ["git"] });
  // The tool whose program may run now.
  await server.logged("tool", 1);
  server.kill("SIGTERM");
  await server.ended;
});
