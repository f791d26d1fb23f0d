// The program as people start it: exit codes, what it says when something is wrong, signals, and what a kill leaves behind.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { assemble } from "./channels/web/onlooker.ts";
import { EventConnection } from "./support/event-connection.ts";
import { type Ended, Machine } from "./support/program.ts";

// Each starts the program several times, on machines that are busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const KEY = "the-configured-key-0123456789";

/** A failure an operator reads: one clear text on stderr, no stack. */
function expectFailure(ended: Ended, says: RegExp): void {
  expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(says)]);
  expect(ended.stderr).toMatch(/^signalbox: /);
  expect(ended.stderr).not.toMatch(/^ +at /m);
}

/** A server that speaks like OpenAI's and does with each request what the test says. */
async function startModel(answer: (write: (chunk: object | string) => void, end: () => void) => void, status = 200) {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    requests += 1;
    response.writeHead(status, { "content-type": status === 200 ? "text/event-stream" : "application/json" });
    const write = (chunk: object | string): void =>
      void response.write(typeof chunk === "string" ? chunk : `data: ${JSON.stringify(chunk)}\n\n`);
    answer(write, () => response.end());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    environment: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` },
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const piece = (content: string, finish: string | null = null): object => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt",
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});

const say = async (url: string, text: string, id: string): Promise<{ taskId: string }> => {
  const response = await fetch(`${url}/api/sessions/s/messages`, {
    method: "POST",
    body: JSON.stringify({ text, id }),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as { taskId: string };
};

const watch = async (url: string, lastId?: number): Promise<EventConnection> =>
  new EventConnection(
    await fetch(`${url}/api/sessions/s/events`, {
      headers: lastId === undefined ? {} : { "last-event-id": String(lastId) },
    }),
  );

describe("usage", () => {
  test("--help names the commands and ends well, for a command too", async () => {
    await using machine = new Machine();
    const help = await machine.run(["--help"]);
    expect(help.code).toBe(0);
    for (const command of ["start", "chat", "run", "tasks", "doctor"]) {
      expect(help.stdout).toMatch(new RegExp(`^ +${command} `, "m"));
    }
    expect((await machine.run(["start", "--help"])).code).toBe(0);
    expect((await machine.run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(existsSync(join(machine.folder, "data"))).toBe(false);
  });

  test("what is no usage is exit 2, told on stderr, and nothing is begun", async () => {
    await using machine = new Machine();
    const attempts = [
      [],
      ["nonsense"],
      ["start", "--nonsense"],
      ["start", "extra"],
      ["run"],
      ["run", "a", "b"],
      ["run", "a", "--agent"],
      ["doctor", "--jsno"],
      ["--nonsense"],
    ];
    for (const ended of await Promise.all(attempts.map((args) => machine.run(args)))) {
      expect([ended.code, ended.stdout]).toEqual([2, ""]);
      expect(ended.stderr).toMatch(/\S/);
      expect(ended.stderr).not.toMatch(/^ +at /m);
    }
    expect(existsSync(join(machine.folder, "data"))).toBe(false);
  });
});

describe("doctor", () => {
  test("a fresh folder is in order, and the way to a key is shown", async () => {
    await using machine = new Machine();
    const ended = await machine.run(["doctor"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toMatch(/off .*model role main.*demo[\s\S]*OPENAI_API_KEY/);
  });

  test("what it found can be had as JSON", async () => {
    await using machine = Machine.lean();
    const json = await machine.run(["doctor", "--json"]);
    expect([json.code, json.stderr]).toEqual([0, ""]);
    const { findings } = JSON.parse(json.stdout) as { findings: readonly { level: string }[] };
    expect(findings.length).toBeGreaterThan(4);
    expect(findings.some(({ level }) => level === "broken")).toBe(false);
  });

  test("agents that are programs are named, with what they lack; keys that are set are used and not shown", async () => {
    await using machine = Machine.lean();
    machine.write("config/agents/shell.md", "---\ndescription: x\ncommand: [bash]\nenv: [NOT_SET_ANYWHERE]\n---\n");
    machine.write("config/agents/painter.md", "---\ndescription: x\ncommand: [nonsense-4711]\n---\n");
    machine.write(".env", `ANTHROPIC_API_KEY=${KEY}\n`);
    const ended = await machine.run(["doctor"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/ok +Agent shell: runs bash; not set: NOT_SET_ANYWHERE/);
    expect(ended.stdout).toMatch(/off +Agent painter: nonsense-4711 is not installed/);
    expect(ended.stdout).toMatch(/ok .*model role main: anthropic\//);
    expect(ended.stdout + ended.stderr).not.toContain(KEY);
  });

  const broken: readonly (readonly [
    name: string,
    prepare: (machine: Machine) => void,
    environment: Record<string, string>,
    says: RegExp,
  ])[] = [
    [
      "a misspelt key",
      (machine) => machine.write("config/signalbox.yaml", "queue:\n  runing: 4\n"),
      {},
      /signalbox\.yaml:2: queue\.runing .*"running"/,
    ],
    ["an open door", () => {}, { HOST: "0.0.0.0" }, /HOST=0\.0\.0\.0[\s\S]*SIGNALBOX_ADMIN_TOKEN/],
    ["a file in the data folder's place", (machine) => machine.write("data", "x"), {}, /data folder: .*data/],
    [
      "a ledger that is damaged",
      (machine) => machine.write("data/signalbox.db", "x".repeat(5_000)),
      {},
      /data folder: .*(damaged|not a ledger).*backup/,
    ],
  ];

  test.each(broken)("%s is broken: exit 1, with the mend", async (_name, prepare, environment, says) => {
    await using machine = Machine.lean();
    prepare(machine);
    const ended = await machine.run(["doctor"], environment);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/BROKEN/);
    expect(ended.stdout).toMatch(says);
    expect(ended.stdout + ended.stderr).not.toMatch(/hunter22|^ +at /m);
  });
});

describe("what cannot start says why", () => {
  test("a broken configuration names file, line and the nearest key; all mistakes at once", async () => {
    await using machine = new Machine();
    machine.write("config/signalbox.yaml", "queue:\n  runing: 4\nlimits:\n  taskSeconds: soon\n");
    const ended = await machine.run(["start"]);
    expectFailure(
      ended,
      /config\/signalbox\.yaml:2: queue\.runing is not known; did you mean "running"\?\n.*signalbox\.yaml:4: /,
    );
    expect(existsSync(join(machine.folder, "data"))).toBe(false);
  });

  test("YAML that is none, and an alias that leads nowhere, are no crash", async () => {
    await using machine = new Machine();
    for (const text of ["queue: [", "queue: *x"]) {
      machine.write("config/signalbox.yaml", text);
      expectFailure(await machine.run(["start"]), /signalbox\.yaml:1: /);
    }
  });

  test("HOST=0.0.0.0 without a token is refused, with a token it serves", async () => {
    await using machine = Machine.lean();
    expectFailure(await machine.run(["start"], { HOST: "0.0.0.0" }), /HOST=0\.0\.0\.0 .*SIGNALBOX_ADMIN_TOKEN/);
    const server = machine.start(["start"], { HOST: "0.0.0.0", SIGNALBOX_ADMIN_TOKEN: KEY });
    const { port } = new URL(await server.url());
    const tasks = `http://127.0.0.1:${port}/api/tasks`;
    expect((await fetch(tasks)).status).toBe(401);
    expect((await fetch(tasks, { headers: { authorization: `Bearer ${KEY}` } })).status).toBe(200);
  });

  test("a damaged ledger is named and left alone", async () => {
    await using machine = new Machine();
    const rubbish = "this is no ledger ".repeat(500);
    machine.write("data/signalbox.db", rubbish);
    expectFailure(await machine.run(["start"]), /signalbox\.db.*backup/);
    expect(readFileSync(join(machine.folder, "data/signalbox.db"), "utf8")).toBe(rubbish);
  });

  test("a file in the data folder's place, or in its ledger's a folder, is named", async () => {
    await using machine = new Machine();
    machine.write("file", "x");
    machine.write("data/signalbox.db/x", "x");
    for (const folder of ["file", "file/data", "data"]) {
      expectFailure(await machine.run(["start"], { SIGNALBOX_DATA: folder }), new RegExp(folder));
    }
  });

  test("DATABASE_URL is refused without its password", async () => {
    await using machine = new Machine();
    const ended = await machine.run(["start"], { DATABASE_URL: "postgres://u:hunter22@h/d" });
    expectFailure(ended, /DATABASE_URL is set/);
    expect(ended.stderr).not.toContain("hunter22");
  });
});

describe.concurrent("beside a running server", () => {
  // One for all of them: each only looks at it, or speaks in a session of its own.
  const machine = Machine.lean();
  let url = "";
  beforeAll(async () => {
    url = await machine.start(["start"]).url();
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  test("the doctor finds the server instead of quarrelling about the folder", async () => {
    const ended = await machine.run(["doctor"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain(`in use by the server at ${url}`);
  });

  test("a second process on the same data folder is refused, and the first goes on", async () => {
    const announced = readFileSync(join(machine.folder, "data/server.json"), "utf8");
    expectFailure(await machine.run(["start"]), /another signalbox process is using the data folder .*data/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(readFileSync(join(machine.folder, "data/server.json"), "utf8")).toBe(announced);
  });

  test("its port is taken for another folder's, which is free again afterwards", async () => {
    await using other = Machine.lean();
    const { port } = new URL(url);
    expectFailure(await other.run(["start"], { PORT: port }), new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken`));
    const again = other.start(["start"]);
    await again.url();
  });

  test("its tasks are listed, as lines and as JSON; without one there are none", async () => {
    await using empty = new Machine();
    expect(await empty.run(["tasks"])).toMatchObject({ code: 0, stdout: "no tasks yet\n" });
    expect(JSON.parse((await empty.run(["tasks", "--json"])).stdout)).toEqual({ tasks: [] });
    const page = await watch(url);
    const { taskId } = await say(url, "hi", "1");
    await page.readUntil("execution_complete");
    expect((await machine.run(["tasks"])).stdout).toMatch(new RegExp(`done .*web:s .*${taskId}`));
    const { tasks } = JSON.parse((await machine.run(["tasks", "--json"])).stdout) as { tasks: unknown };
    expect(tasks).toMatchObject([{ id: taskId, state: "done", session: "web:s" }]);
    await page.leave();
  });
});

describe("signals", () => {
  test("SIGTERM lets the running answer end, then leaves with 0", async () => {
    await using machine = new Machine();
    const server = machine.start(["start"]);
    const url = await server.url();
    const announced = join(machine.folder, "data/server.json");
    expect(statSync(announced).mode & 0o077).toBe(0);
    const page = await watch(url);
    const { taskId } = await say(url, "tell me something", "1");
    await page.readUntil("text_delta");
    server.kill("SIGTERM");
    const ended = await server.ended;
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(existsSync(announced)).toBe(false);
    const { tasks } = JSON.parse((await machine.run(["tasks", "--json"])).stdout) as { tasks: unknown };
    expect(tasks).toMatchObject([{ id: taskId, state: "done" }]);
  });

  test("an idle server leaves at once", async () => {
    await using machine = Machine.lean("limits: { drainSeconds: 600 }");
    const server = machine.start(["start"]);
    const page = await watch(await server.url());
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    await page.readToEnd().catch(() => {});
  });

  test("what does not end within the drain is put back for the next process", async () => {
    await using machine = Machine.lean("limits: { drainSeconds: 0 }\nmodels: { roles: { main: [openai/gpt] } }");
    await using model = await startModel((write) => write(piece("half")));
    const server = machine.start(["start"], model.environment);
    const url = await server.url();
    const page = await watch(url);
    const { taskId } = await say(url, "hi", "1");
    await page.readUntil("text_delta");
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    const { tasks } = JSON.parse((await machine.run(["tasks", "--json"])).stdout) as { tasks: unknown };
    expect(tasks).toMatchObject([{ id: taskId, state: "queued" }]);
  });

  test("a second signal leaves at once with its number, and nothing is lost by it", async () => {
    await using machine = Machine.lean("limits: { drainSeconds: 600 }\nmodels: { roles: { main: [openai/gpt] } }");
    await using model = await startModel((write) => write(piece("half")));
    for (const [life, signal, code] of [
      [1, "SIGTERM", 143],
      [2, "SIGINT", 130],
    ] as const) {
      const server = machine.start(["start"], model.environment);
      const url = await server.url();
      // The second one takes up what the first one left.
      if (life === 1) await say(url, "hi", "1");
      await expect.poll(() => model.requests(), { timeout: 20_000 }).toBe(life);
      server.kill("SIGTERM");
      await server.logged("leaving");
      server.kill(signal);
      const ended = await server.ended;
      // As a shell tells it: who dies of the signal itself has the same number.
      expect(ended.code ?? (ended.signal === null ? undefined : 128 + constants.signals[ended.signal])).toBe(code);
    }
    const next = machine.start(["start"]);
    const back = await watch(await next.url());
    await back.readUntil("execution_complete");
    expect(back.events.at(-1)?.fields).toMatchObject({ state: "done" });
    await back.leave();
  });
});

describe("a kill", () => {
  test("in mid-answer: the next start takes it up, and the page that was there gets each text once", async () => {
    await using machine = Machine.lean();
    const first = machine.start(["start"]);
    let url = await first.url();
    const page = await watch(url);
    await say(url, "the first", "1");
    const waiting = await say(url, "the second", "2");
    await page.readUntil("text_delta", 3);
    first.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");
    await page.readToEnd().catch(() => {});
    // It left a file that says where it ran; nobody is sent there.
    expect(existsSync(join(machine.folder, "data/server.json"))).toBe(true);
    const doctor = await machine.run(["doctor"]);
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).not.toContain(url);
    const second = machine.start(["start"]);
    url = await second.url();
    await second.logged("taking up what was interrupted");
    // The sender never heard whether it was taken, and sends it again.
    expect(await say(url, "the second", "2")).toMatchObject({ taskId: waiting.taskId, status: "duplicate" });
    const back = await watch(url, page.events.at(-1)?.id);
    await back.readUntil("execution_complete", 2);
    const whole = await watch(url);
    await whole.readUntil("execution_complete", 2);
    const { committed } = assemble([...page.events, ...back.events]);
    expect(committed).toHaveLength(2);
    expect(committed[0]).toContain("the first");
    expect(committed[1]).toContain("the second");
    expect(assemble(whole.events).committed).toEqual(committed);
    expect(whole.types.filter((type) => type === "message_accepted")).toHaveLength(2);
    await Promise.all([back.leave(), whole.leave()]);
    second.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
  });
});

describe("the log", () => {
  test("is one JSON object a line and nothing else, and holds no configured key, whatever providers say", async () => {
    await using machine = Machine.lean("models: { roles: { main: [openai/gpt] } }");
    await using model = await startModel((write, end) => {
      write(JSON.stringify({ error: { message: `bad key ${KEY}, password=hunter22`, code: "invalid_api_key" } }));
      end();
    }, 401);
    const environment = { ...model.environment, SIGNALBOX_ADMIN_TOKEN: `admin-${KEY}`, LOG_LEVEL: "trace" };
    const server = machine.start(["start"], environment);
    const url = await server.url();
    const authorization = `Bearer admin-${KEY}`;
    const sent = await fetch(`${url}/api/sessions/s/messages`, {
      method: "POST",
      headers: { authorization },
      body: JSON.stringify({ text: `my key is ${KEY}` }),
    });
    expect(sent.status).toBe(202);
    await fetch(`${url}/api/x?key=${KEY}`, { headers: { authorization } });
    await server.logged("task ended");
    server.kill("SIGTERM");
    const { stdout, stderr } = await server.ended;
    expect(model.requests()).toBeGreaterThan(0);
    const lines = stdout.trimEnd().split("\n");
    for (const line of lines) {
      const fields: unknown = JSON.parse(line);
      expect(fields).toMatchObject({ level: expect.any(Number), time: expect.any(String), msg: expect.any(String) });
    }
    expect(lines.length).toBeGreaterThan(4);
    expect(stdout + stderr).not.toContain(KEY);
    expect(stdout + stderr).not.toContain("hunter22");
    expect(stderr).toBe("");
    const failed = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ msg }) => msg === "task failed");
    expect(failed).toMatchObject({
      session: "web:s",
      task: expect.any(String),
      trace: expect.any(String),
      code: "provider-auth",
    });
    expect(failed?.error).toMatchObject({ stack: expect.any(String) });
  });

  test("a stream that breaks and a client that vanishes write nothing that is not JSON", async () => {
    await using machine = Machine.lean();
    const server = machine.start(["start"]);
    const url = await server.url();
    for (let index = 0; index < 5; index += 1) {
      const controller = new AbortController();
      const response = await fetch(`${url}/api/sessions/s/events`, { signal: controller.signal });
      await response.body?.getReader().read();
      controller.abort();
      const half = new AbortController();
      const sending = fetch(`${url}/api/sessions/s/messages`, {
        method: "POST",
        duplex: "half",
        signal: half.signal,
        body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"text": "')) }),
      } as RequestInit);
      half.abort();
      await sending.catch(() => {});
    }
    await say(url, "still there?", "1");
    server.kill("SIGTERM");
    const ended = await server.ended;
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    for (const line of ended.stdout.trimEnd().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  });
});
