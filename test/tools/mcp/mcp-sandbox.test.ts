// MCP servers that are programs, in the real sandbox: they work, keep what is theirs, and see and reach nothing else, whatever they do.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { mcpSchema } from "../../../src/config/mcp-schema.ts";
import { silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createMcpServers, type McpServers } from "../../../src/tools/mcp/mcp-servers.ts";
import { createPinFile } from "../../../src/tools/mcp/tool-pins.ts";
import { createSandboxNetwork } from "../../../src/tools/sandbox/network.ts";
import { sandboxForTests } from "../sandbox/sandbox-for-tests.ts";
import { toolContext } from "../tool-context.ts";

const SERVER = join(import.meta.dirname, "server.mjs");
const place = mkdtempSync(join(tmpdir(), "signalbox-mcp-sandbox-"));
const data = join(place, "data");
const web = createServer((_request, answer) => answer.end("the web says hello"));
const port = await new Promise<number>((resolve) =>
  web.listen(0, "127.0.0.78", () => {
    const at = web.address();
    resolve(typeof at === "object" && at ? at.port : 0);
  }),
);
const network = createSandboxNetwork({
  timers: systemClock,
  allowCidrs: ["127.0.0.78/32"],
  ports: [port],
  resolve: async () => [{ address: "127.0.0.78", family: 4 }],
});
const confined = await sandboxForTests({
  searchPath: process.env.PATH ?? "",
  secret: [data, join(place, ".env")],
  network,
});

let opened: McpServers[] = [];
afterEach(async () => {
  await Promise.all(opened.map((one) => one.stop()));
  opened = [];
});
process.env.SIGNALBOX_TEST_KEY = "KEPT-SECRET";
afterAll(async () => {
  delete process.env.SIGNALBOX_TEST_KEY;
  await network.close();
  web.close();
  rmSync(place, { recursive: true, force: true });
});

mkdirSync(join(data, "workspaces"), { recursive: true });
for (const file of ["data/ledger", "data/workspaces/notes", ".env"]) writeFileSync(join(place, file), "KEPT-SECRET");

async function open(servers: Readonly<Record<string, object>>): Promise<McpServers> {
  const mcp = createMcpServers({
    servers: mcpSchema.parse({ servers }).servers,
    pins: createPinFile(join(mkdtempSync(join(place, "pins-")), "pins.json")),
    variable: (name) => ({ GITHUB_TOKEN: "token-1", OTHER: "KEPT-SECRET" })[name],
    homes: join(data, "mcp"),
    sandbox: confined ?? { off: "there is no sandbox" },
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
  });
  opened.push(mcp);
  await mcp.start();
  return mcp;
}

const program = (more: object = {}) => ({
  command: ["node", SERVER, "shell"],
  folders: [import.meta.dirname],
  ...more,
});

async function shell(mcp: McpServers, server: string, words: string): Promise<string> {
  const tool = mcp.current().find(({ name }) => name === `mcp_${server}_shell`);
  return String(await tool?.run({ words }, toolContext()));
}

const alive = (mark: string): number =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(mark)).length;

describe.skipIf(!confined)("a server in the sandbox", () => {
  test("works, with the environment that is listed and a home that is kept", async () => {
    const mcp = await open({ git: program({ env: ["GITHUB_TOKEN"] }) });
    expect(mcp.status()).toEqual([
      { server: "git", state: "ready", reason: "", tools: ["mcp_git_say", "mcp_git_shell"] },
    ]);
    expect(await shell(mcp, "git", "echo $GITHUB_TOKEN $HOME; pwd; echo kept >notes")).toContain(
      "token-1 /workspace\n/workspace",
    );
    expect(readFileSync(join(data, "mcp/git/notes"), "utf8")).toBe("kept\n");
    await mcp.stop();
    expect(await shell(await open({ git: program() }), "git", "cat notes; env | grep -c TOKEN")).toContain("kept\n0");
    expect(statSync(join(data, "mcp/git")).mode & 0o777).toBe(0o700);
  });

  test.each([
    [`cat ${data}/ledger ${data}/workspaces/notes ${place}/.env; ls -R ${place}`],
    ["cat /proc/*/environ /proc/*/cmdline; env; echo $OTHER"],
    [`cat /proc/${process.pid}/environ /proc/${process.pid}/root/${data}/ledger`],
    [`ln -s ${data}/ledger here; cat here; ln -s ${data} there; cat there/ledger`],
    ["cat ../other/secret /workspace/../other/secret ~/../other/secret"],
    [`mkdir -p x; cd x; ln -s /oldroot${data} y; cat y/ledger`],
  ])("reads nothing that is not its own: %s", async (words) => {
    mkdirSync(join(data, "mcp/other"), { recursive: true });
    writeFileSync(join(data, "mcp/other/secret"), "KEPT-SECRET");
    expect(await shell(await open({ sly: program() }), "sly", words)).not.toContain("KEPT-SECRET");
  });

  test("a link that it leaves at home leads nowhere when it is started again", async () => {
    const mcp = await open({ sly: program() });
    await shell(mcp, "sly", `rm -rf a; ln -s /oldroot${place} a; ln -s ${place} b`);
    await mcp.stop();
    await open({ sly: program() });
    expect(
      readdirSync(place)
        .filter((name) => !name.startsWith("pins-"))
        .sort(),
    ).toEqual([".env", "data"]);
  });

  test.each([
    `touch ${place}/made ${data}/made`,
    `touch ${import.meta.dirname}/made`,
    "touch /usr/made /etc/made /made",
  ])("writes nowhere else: %s", async (words) => {
    expect(await shell(await open({ sly: program() }), "sly", words)).toMatch(/Read-only|No such file|denied/);
    for (const folder of [place, data, import.meta.dirname, "/usr", "/etc", "/"])
      expect(existsSync(join(folder, "made"))).toBe(false);
  });

  test("reaches nobody without a rule, and by a rule whom it lists", async () => {
    const mcp = await open({ closed: program(), listed: program({ hosts: ["good.example"] }) });
    const ask = (host: string) =>
      `curl -sS --max-time 5 http://${host}:${port}/; curl -sS --noproxy '*' --max-time 5 http://127.0.0.78:${port}/`;
    expect(await shell(mcp, "closed", ask("good.example"))).not.toContain("the web says");
    const output = await shell(mcp, "listed", ask("good.example"));
    expect(output.match(/the web says hello/g)).toHaveLength(1);
    expect(await shell(mcp, "listed", ask("evil.example"))).not.toContain("the web says");
  });

  test("leaves nothing behind when it is stopped", async () => {
    const mcp = await open({ sly: program() });
    await shell(mcp, "sly", "(setsid bash -c 'trap \"\" TERM; exec sleep 300.4911' >/dev/null 2>&1 &)");
    await mcp.stop();
    expect(alive("300.4911")).toBe(0);
  });

  test("cannot be shown the data folder, and says why it does not start", async () => {
    const mcp = await open({ sly: program({ folders: [import.meta.dirname, data] }) });
    expect(mcp.status()[0]).toMatchObject({ state: "resting", reason: expect.stringContaining("server's own") });
  });
});
