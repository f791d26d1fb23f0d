// A rule that lists hosts: through our proxy to those hosts and to nobody else, whatever a program tries. `good.example` is a server
// of the test's own, which lies in a network that was allowed in so many words; all other private addresses stay refused.

import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createSandboxNetwork } from "../../../src/tools/sandbox/network.ts";
import type { Sandbox } from "../../../src/tools/sandbox/sandbox.ts";
import { makeFolders, never, outputOf, quick, sandboxForTests } from "./sandbox-for-tests.ts";

const GOOD = "127.0.0.77";
let answers: Readonly<Record<string, readonly string[]>> = {};
let asked: string[] = [];
let reached: string[] = [];
const folders = makeFolders();
const web = listenTo("the web says");
const secret = listenTo("SECRET of the house");
const odd = listenTo("SECRET of an odd port");
let port = 0;
let oddPort = 0;

function listenTo(words: string): Server {
  return createServer((request, answer) => {
    reached.push(`${words} ${request.headers.host}`);
    answer.end(`${words} ${request.method} ${request.url}`);
  });
}
const listen = (server: Server, address: string, wanted = 0): Promise<number> =>
  new Promise((resolve) =>
    server.listen(wanted, address, () => {
      const at = server.address();
      resolve(typeof at === "object" && at ? at.port : 0);
    }),
  );

port = await listen(web, GOOD);
// At the same port, so that nothing but the address keeps it.
await listen(secret, "127.0.0.1", port);
oddPort = await listen(odd, GOOD);
const network = createSandboxNetwork({
  timers: systemClock,
  allowCidrs: [`${GOOD}/32`],
  ports: [80, 443, port],
  resolve: async (name) => {
    const times = asked.filter((one) => one === name).length;
    asked.push(name);
    const all = answers[name.toLowerCase()] ?? [];
    const address = all[Math.min(times, all.length - 1)];
    return address === undefined
      ? []
      : address.split(" ").map((one) => ({ address: one, family: one.includes(":") ? 6 : 4 }));
  },
});
const confined = await sandboxForTests({ network, searchPath: process.env.PATH ?? "" });
const isOn = confined !== undefined;

beforeAll(() => {
  asked = [];
});
beforeEach(() => {
  asked = [];
  reached = [];
  answers = { "good.example": [GOOD], "api.good.example": [GOOD] };
});
afterAll(async () => {
  await network.close();
  web.close();
  secret.close();
  odd.close();
  folders.remove();
});

async function run(line: string, hosts: readonly string[] = ["good.example"]): Promise<string> {
  if (!confined) return "";
  return outputOf(
    await confined.run(quick(line, folders.next(), { hosts, env: { P: String(port), O: String(oddPort) } }), never),
  );
}

describe.skipIf(!isOn)("a listed host", () => {
  test.each([
    ["curl", "curl -sS http://good.example:$P/a"],
    ["curl, by a tunnel", "curl -sSp http://good.example:$P/a"],
    [
      "Python",
      'python3 -c "import os, urllib.request as u; print(u.urlopen(f\'http://good.example:{os.environ[\\"P\\"]}/a\').read())"',
    ],
    ["in other letters, with a dot at the end", "curl -sS http://GOOD.Example.:$P/a"],
  ])("is reached with %s", async (_name, line) => {
    answers = { ...answers, "good.example.": [GOOD] };
    expect(await run(line)).toContain("the web says GET /a");
  });

  test("Node's own fetch too, by a program that was found outside of /usr", async () => {
    const program = quick(
      ["node", "-e", `fetch("http://good.example:${port}/n").then((r) => r.text()).then(console.log)`],
      folders.next(),
    );
    const result = await confined?.run({ ...program, hosts: ["good.example"] }, never);
    expect(result && outputOf(result)).toContain("the web says GET /n");
  });

  test("with all below it, where the rule says so", async () => {
    expect(await run("curl -sS http://api.good.example:$P/a", ["*.good.example"])).toContain("the web says GET /a");
    expect(await run("curl -sS http://api.good.example:$P/a")).toContain("api.good.example is not among the hosts");
    expect(await run("curl -sS http://good.example:$P/a", ["*"])).toContain("the web says GET /a");
  });

  test("input, output, exit code and signals of the program go through as they are", async () => {
    const program = quick(["bash", "-c", "cat; echo err >&2; exit 7"], folders.next(), {
      hosts: ["good.example"],
      input: "in",
    });
    const result = await confined?.run(program, never);
    expect(result).toMatchObject({ exitCode: 7, stdout: { text: "in" }, stderr: { text: "err\n" } });
    expect((await confined?.run({ ...program, run: "kill -TERM $$" }, never))?.exitCode).toBe(143);
    expect(
      outputOf((await confined?.run({ ...program, run: ["bash", "-c", "exec nothing-4813"] }, never)) ?? empty),
    ).toContain("not found");
  });

  test("a program that stays has its way as long as it lives", async () => {
    const started = await confined?.start(
      {
        run: ["bash", "-c", `read -r; curl -sS http://good.example:${port}/s`],
        folder: folders.next(),
        isWritable: true,
        hosts: ["good.example"],
      },
      never,
    );
    let text = "";
    started?.stdout.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
    started?.stdin.write("\n");
    await started?.ended;
    expect(text).toBe("the web says GET /s");
  });
});

const empty = {
  stdout: { text: "", bytesLeftOut: 0 },
  stderr: { text: "", bytesLeftOut: 0 },
  isTimedOut: false,
  isFlooded: false,
};

describe.skipIf(!isOn)("nobody else", () => {
  const curl = "curl -sS --max-time 5";

  test.concurrent.each([
    ["a host that is not listed", `${curl} http://evil.example:$P/`],
    ["a name that ends like it", `${curl} http://notgood.example:$P/`],
    ["a name that begins like it", `${curl} http://good.example.evil.example:$P/`],
    ["one below it", `${curl} http://api.good.example:$P/`],
    ["localhost", `${curl} --noproxy '' http://localhost:$P/`],
    ["a loopback address", `${curl} --noproxy '' http://127.0.0.1:$P/`],
    ["a loopback address, shortened", `${curl} --noproxy '' http://127.1:$P/`],
    ["in one number", `${curl} --noproxy '' http://2130706433:$P/`],
    ["in hexadecimal", `${curl} --noproxy '' http://0x7f000001:$P/`],
    ["in octal", `${curl} --noproxy '' http://0177.0.0.1:$P/`],
    ["of the sixth version", `${curl} --noproxy '' "http://[::1]:$P/"`],
    ["mapped", `${curl} --noproxy '' "http://[::ffff:127.0.0.1]:$P/"`],
    ["the very address of the listed host", `${curl} http://${GOOD}:$P/`],
    ["a public address", `${curl} http://93.184.215.14/`],
    ["a metadata service", `${curl} http://169.254.169.254/latest/meta-data/`],
    ["another port of the listed host", `${curl} -p http://good.example:$O/; ${curl} http://good.example:$O/`],
    ["a port of mail", `${curl} -p telnet://good.example:25`],
    ["user information as a disguise", `${curl} "http://good.example:80@evil.example:$P/"`],
    ["the header Host alone", `${curl} -H 'Host: good.example' http://evil.example:$P/`],
    [
      "a second target in the header of a tunnel",
      `printf 'CONNECT evil.example:%s HTTP/1.1\\r\\nHost: good.example:%s\\r\\nProxy-Authorization: Basic %s\\r\\n\\r\\n' $P $P "$(printf '%s' "$HTTP_PROXY" | sed 's|http://\\(.*\\)@.*|\\1|' | base64 -w0)" | timeout 3 bash -c 'exec 9<>/dev/tcp/127.0.0.1/3128; cat >&9; cat <&9'`,
    ],
    ["without the proxy", `${curl} --noproxy '*' http://good.example:$P/`],
    ["without the proxy, by address", `${curl} --noproxy '*' http://${GOOD}:$P/`],
    ["the listener of the house", "timeout 3 bash -c 'exec 9<>/dev/tcp/127.0.0.1/'$P'; echo GET / >&9; cat <&9'"],
    ["a look-up of names", "getent hosts good.example evil.example"],
    ["UDP", "timeout 3 bash -c 'echo x >/dev/udp/127.0.0.77/53; cat </dev/udp/127.0.0.77/53'"],
    ["the proxy without a pass", `http_proxy=http://127.0.0.1:3128 ${curl} http://good.example:$P/`],
    [
      "the proxy with a pass that was made up",
      `http_proxy=http://someone:else@127.0.0.1:3128 ${curl} http://good.example:$P/`,
    ],
    ["a file of the proxy's machine", `${curl} -x "$HTTP_PROXY" file:///etc/hostname 2>&1 | grep -v . `],
    [
      "another scheme",
      `printf 'GET ftp://good.example/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | timeout 3 bash -c 'exec 9<>/dev/tcp/127.0.0.1/3128; cat >&9; cat <&9'`,
    ],
  ])("%s", async (_name, line) => {
    const output = await run(line);
    expect(output).not.toMatch(/SECRET|the web says/);
    expect(reached).toEqual([]);
  });

  test.each([
    ["a private address", ["127.0.0.1"]],
    ["a private address of the sixth version", ["::1"]],
    ["a public and a private one", [`${GOOD} 127.0.0.1`]],
    ["an address of the cloud's own", ["169.254.169.254"]],
    ["an address of an intranet", ["10.0.0.8"]],
    ["nothing", []],
  ])("a listed name that leads to %s", async (_name, all) => {
    answers = { "good.example": all };
    expect(await run(`${curl} http://good.example:$P/; ${curl} -p http://good.example:$P/`)).not.toMatch(
      /SECRET|the web says/,
    );
    expect(reached).toEqual([]);
  });

  test("a name that leads elsewhere the second time is judged anew", async () => {
    answers = { "good.example": [GOOD, "127.0.0.1"] };
    const output = await run(`${curl} http://good.example:$P/1; ${curl} http://good.example:$P/2`);
    expect(output).toContain("the web says GET /1");
    expect(output).toContain("may not be reached");
    expect(asked).toEqual(["good.example", "good.example"]);
  });

  test("a pass ends with its program, and is of no use to another", async () => {
    const first = await run("echo $HTTP_PROXY");
    const pass = /http:\/\/(\S+)@/.exec(first)?.[1] ?? "";
    expect(pass).not.toBe("");
    const output = await run(`http_proxy=http://${pass}@127.0.0.1:3128 ${curl} http://good.example:$P/`);
    expect(output).not.toContain("the web says");
    expect(await run("echo $HTTP_PROXY")).not.toContain(pass);
  });

  test("one program's rule is not another's, also at the same time", async () => {
    const [one, two] = await Promise.all([
      run(`${curl} http://good.example:$P/one; ${curl} http://api.good.example:$P/one`, ["good.example"]),
      run(`${curl} http://good.example:$P/two; ${curl} http://api.good.example:$P/two`, ["api.good.example"]),
    ]);
    expect(one.match(/the web says GET \/one/g)).toHaveLength(1);
    expect(two.match(/the web says GET \/two/g)).toHaveLength(1);
  });

  test("no other socket file is there, and ours cannot be put in another's place", async () => {
    const socket = await run(
      "ls -A /run /run/signalbox; rm -f /run/signalbox/network; touch /run/signalbox/x; ls /tmp /var 2>/dev/null",
    );
    expect(socket).toContain("Read-only");
    expect(socket).not.toContain("signalbox-network");
    expect(await run("ls -A /run 2>&1", [])).toContain("No such file");
  });

  test("without a rule there is nothing but the program's own loopback", async () => {
    expect(await run(`${curl} http://good.example:$P/; env | grep -i proxy; echo end`, [])).not.toMatch(
      /the web says|3128/,
    );
  });
});

describe("the way itself", () => {
  test("its place is for the server alone, and goes with it", async () => {
    const own = createSandboxNetwork({ timers: systemClock, allowCidrs: [], ports: [80] });
    const { socketFile } = await own.open(["good.example"]);
    const [, name = ""] = /(signalbox-network-[^/]+)/.exec(socketFile) ?? [];
    expect(readdirSync(tmpdir())).toContain(name);
    await own.close();
    expect(readdirSync(tmpdir())).not.toContain(name);
    await expect(
      new Promise((resolve, reject) => connect(socketFile).once("connect", resolve).once("error", reject)),
    ).rejects.toThrow();
  });

  test.skipIf(!isOn)("a sandbox without one refuses a rule instead of forgetting it", async () => {
    const without: Sandbox | undefined = await sandboxForTests();
    await expect(without?.run(quick("true", folders.next(), { hosts: ["good.example"] }), never)).rejects.toThrow(
      "no way out",
    );
  });
});
