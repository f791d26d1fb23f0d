// One task from the command line: what stands on stdout, what on stderr, and which exit code a script gets.

import { describe, expect, test } from "vitest";
import { createSessionClient } from "../../../src/channels/terminal/session-client.ts";
import { type RunOptions, runTask } from "../../../src/channels/terminal/terminal-run.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { FakeInterrupts, FakeOutput } from "./fake-terminal.ts";

interface Setting extends Omit<RunOptions, "text"> {
  readonly isTTY?: boolean;
  readonly color?: boolean;
  readonly hindered?: FakeServer["hindrances"];
}

function startRun({ isTTY = false, color = false, hindered = [], ...options }: Setting = {}) {
  const server = new FakeServer();
  server.hindrances.push(...hindered);
  const clock = new FakeClock();
  const out = new FakeOutput(isTTY);
  const err = new FakeOutput(isTTY);
  const interrupts = new FakeInterrupts();
  const client = createSessionClient({
    fetch: server.fetch,
    clock,
    random: () => 1,
    newId: () => "key",
    server: "http://localhost",
    session: "run",
  });
  const exit = runTask(
    { client, clock, out, err, color, interrupts: interrupts.listen },
    { text: "do it", ...options },
  );
  return { server, clock, out, err, interrupts, exit };
}

/** Nothing is left of a run: no timer, no stream, no listener. */
async function expectNothingLeft({ server, clock, interrupts }: ReturnType<typeof startRun>): Promise<void> {
  await settled();
  expect(clock.pending).toBe(0);
  expect(server.listeners).toBe(0);
  expect(interrupts.listeners).toBe(0);
}

describe("a task that is done", () => {
  test("leaves its answer on stdout, and only that", async () => {
    const run = startRun({ agent: "scout" });
    await settled();
    run.server.begin("m1");
    const tool = { taskId: "t1", callId: "c1", name: "look_up" };
    run.server.tell({ type: "tool_start", ...tool, arguments: '{"what":"line"}' });
    run.server.tell({ type: "tool_end", ...tool, status: "ok", summary: "clear" });
    run.clock.advance(12_000);
    run.server.end("m1", "done", "The line is clear.");
    expect(await run.exit).toBe(0);
    await settled();
    expect(run.out.written).toBe("The line is clear.\n");
    expect(run.err.written).toBe("✓ look_up clear\ndone after 12 s\n");
    expect(run.server.posts[0]?.headers.get("signalbox-kind")).toBe("cli");
    expect(run.server.posts[0]?.headers.get("signalbox-agent")).toBe("scout");
    await expectNothingLeft(run);
  });

  test("is told as JSON", async () => {
    const run = startRun({ json: true });
    await settled();
    run.server.answer("m1", "Two\n", "lines");
    expect(await run.exit).toBe(0);
    await settled();
    expect(JSON.parse(run.out.written)).toEqual({ taskId: "t1", state: "done", text: "Two\nlines" });
    expect(run.out.written.endsWith("}\n")).toBe(true);
  });

  test("is followed through a restart of the server", async () => {
    const run = startRun({ hindered: ["answer lost"] });
    await settled();
    run.clock.advance(250);
    await settled();
    run.server.begin("m1");
    run.server.breakStreams();
    await settled();
    run.clock.advance(250);
    await settled();
    run.server.begin("m1", 2);
    run.server.end("m1", "done", "Here.");
    expect(await run.exit).toBe(0);
    await settled();
    expect(run.out.written).toBe("Here.\n");
    expect(run.err.written).toContain("taken up again after a break");
    await expectNothingLeft(run);
  });

  test("goes into a pipe as it is, but a terminal does not obey it", async () => {
    const hostile = "\u001b]0;title\u0007red \u001b[31mtext";
    const shown: string[] = [];
    for (const isTTY of [false, true]) {
      const run = startRun({ isTTY });
      await settled();
      run.server.answer("m1", hostile);
      await run.exit;
      await settled();
      shown.push(run.out.written);
    }
    expect(shown).toEqual([`${hostile}\n`, "red text\n"]);
  });
});

describe("a task that is not done", () => {
  test("failed: the sentence on stderr, nothing on stdout, exit 1", async () => {
    const run = startRun();
    await settled();
    run.server.begin("m1");
    run.server.end("m1", "failed", "The model cannot be reached.", "provider-unavailable");
    expect(await run.exit).toBe(1);
    await settled();
    expect(run.out.written).toBe("");
    expect(run.err.written).toBe("failed after 0 s\nThe model cannot be reached.\n");
  });

  test("failed, as JSON", async () => {
    const run = startRun({ json: true });
    await settled();
    run.server.end("m1", "failed", "The model cannot be reached.", "provider-unavailable");
    expect(await run.exit).toBe(1);
    await settled();
    const told = { taskId: "t1", state: "failed", text: "The model cannot be reached.", error: "provider-unavailable" };
    expect(JSON.parse(run.out.written)).toEqual(told);
  });

  test.each([
    [429, { id: "m1", error: "50 are waiting." }, "50 are waiting."],
    [401, { error: "Please log in." }, "Please log in."],
    [400, "odd", "The server answered with status 400."],
  ])("not taken by the server (%i): the reason, exit 1", async (status, body, sentence) => {
    const run = startRun({ json: true, hindered: [[status, body]] });
    expect(await run.exit).toBe(1);
    await settled();
    expect(JSON.parse(run.out.written)).toEqual({ taskId: null, state: "failed", text: sentence, error: "refused" });
    await expectNothingLeft(run);
  });

  test("a server that cannot be reached is waited for, but not for ever", async () => {
    const run = startRun({ hindered: Array.from({ length: 100 }, () => "no answer" as const) });
    for (let second = 0; second < 70; second += 1) {
      await settled();
      run.clock.advance(1000);
    }
    expect(await run.exit).toBe(1);
    expect(run.err.written).toContain("the server cannot be reached, trying again");
    expect(run.err.written).toContain("The server could not be reached.");
    await expectNothingLeft(run);
  });
});

describe("Ctrl-C", () => {
  test("stops the task and waits for its end: exit 130", async () => {
    const run = startRun();
    await settled();
    run.server.begin("m1");
    await settled();
    run.interrupts.press();
    await settled();
    expect(run.server.cancelled).toEqual(["t1"]);
    run.server.end("m1", "cancelled", "Stopped.");
    expect(await run.exit).toBe(130);
    await settled();
    expect(run.out.written).toBe("");
    await expectNothingLeft(run);
  });

  test("that comes too late does not take the answer away", async () => {
    const run = startRun();
    await settled();
    run.interrupts.press();
    run.server.answer("m1", "Done already.");
    expect(await run.exit).toBe(0);
  });

  test("does not wait for ever, and a second one not at all", async () => {
    const patient = startRun();
    await settled();
    patient.interrupts.press();
    patient.clock.advance(5000);
    expect(await patient.exit).toBe(130);
    const hasty = startRun();
    await settled();
    hasty.interrupts.press();
    hasty.interrupts.press();
    expect(await hasty.exit).toBe(130);
    await expectNothingLeft(hasty);
  });

  test("before the server took the message stops it as soon as it is known", async () => {
    const run = startRun({ hindered: ["no answer"] });
    await settled();
    run.interrupts.press();
    run.clock.advance(250);
    await settled();
    expect(run.server.cancelled).toEqual(["t1"]);
    run.server.end("m1", "cancelled", "Stopped.");
    expect(await run.exit).toBe(130);
  });
});

describe("on a terminal", () => {
  test("one line tells what goes on and for how long, and is gone in the end", async () => {
    const run = startRun({ isTTY: true });
    await settled();
    run.server.begin("m1");
    run.server.tell({ type: "tool_start", taskId: "t1", callId: "c1", name: "wait", arguments: '{"for":"train"}' });
    await settled();
    run.clock.advance(3000);
    expect(run.err.written).toContain("3 s  → wait train");
    run.server.answer("m1", "Done.");
    await run.exit;
    await settled();
    expect(run.err.shown.trim()).toBe("done after 3 s");
    expect(run.err.written).not.toContain("\u001b");
    await expectNothingLeft(run);
  });

  test("lines fit its width, and colours are used only where they are wanted", async () => {
    const run = startRun({ isTTY: true, color: true });
    await settled();
    const tool = { taskId: "t1", callId: "c1", name: "look" };
    run.server.tell({ type: "tool_end", ...tool, status: "error", summary: "很长的结果".repeat(20) });
    run.server.end("m1", "done", "Done.");
    await run.exit;
    await settled();
    expect(run.err.written).toContain("\u001b[2m");
    const widest = Math.max(...run.err.shown.split("\n").map((line) => line.length));
    expect(widest).toBeLessThan(60);
  });
});
