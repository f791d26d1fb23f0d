// A conversation through pipes: lines in, answers out, in order, and an exit code.

import { expect, test } from "vitest";
import { createSessionClient } from "../../../src/channels/terminal/session-client.ts";
import { runChat } from "../../../src/channels/terminal/terminal-chat.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { FakeInput, FakeInterrupts, FakeOutput } from "./fake-terminal.ts";

function startPipe(text: string, server = new FakeServer()) {
  const clock = new FakeClock();
  const input = new FakeInput(false);
  const out = new FakeOutput(false);
  const err = new FakeOutput(false);
  const interrupts = new FakeInterrupts();
  let keys = 0;
  const client = createSessionClient({
    fetch: server.fetch,
    clock,
    random: () => 1,
    newId: () => {
      keys += 1;
      return `key-${keys}`;
    },
    server: "http://localhost",
    session: "pipe",
  });
  const exit = runChat({ client, clock, input, out, err, color: false, interrupts: interrupts.listen });
  input.end(text);
  return { server, clock, out, err, interrupts, exit };
}

test("each line is a message, and the answers come in that order and nothing else does", async () => {
  const pipe = startPipe("one\n\n  two  \nthree");
  for (const id of ["m1", "m2", "m3"]) {
    await settled();
    const tool = { taskId: id.replace("m", "t"), callId: "c", name: "look" };
    pipe.server.begin(id);
    pipe.server.tell({ type: "tool_end", ...tool, status: "ok", summary: "" });
    pipe.server.answer(id, `answer to ${id}`);
  }
  expect(await pipe.exit).toBe(0);
  await settled();
  expect(pipe.server.posts.map((post) => post.text)).toEqual(["one", "two", "three"]);
  expect(pipe.out.written).toBe("answer to m1\nanswer to m2\nanswer to m3\n");
  expect(pipe.err.written).toBe("");
  expect(pipe.server.listeners).toBe(0);
  expect(pipe.clock.pending).toBe(0);
});

test("an empty input is an empty conversation", async () => {
  expect(await startPipe("").exit).toBe(0);
});

test("what failed goes to stderr and makes the exit code 1, and the rest is still asked", async () => {
  const pipe = startPipe("one\ntwo\n/help\n");
  await settled();
  pipe.server.end("m1", "failed", "The model cannot be reached.");
  await settled();
  pipe.server.answer("m2", "Fine.");
  expect(await pipe.exit).toBe(1);
  await settled();
  expect(pipe.out.written).toBe("Fine.\nanswer to /help\n");
  expect(pipe.err.written).toBe("The model cannot be reached.\n");
});

test("an answer is found through a break of the line", async () => {
  const pipe = startPipe("one\n");
  await settled();
  pipe.server.breakStreams();
  pipe.server.answer("m1", "Here.");
  await settled();
  pipe.clock.advance(250);
  expect(await pipe.exit).toBe(0);
  await settled();
  expect(pipe.out.written).toBe("Here.\n");
});

test("a refusal is told, and nothing waits for an answer", async () => {
  const server = new FakeServer();
  server.hindrances.push([401, { error: "Please log in." }]);
  const pipe = startPipe("one\n", server);
  expect(await pipe.exit).toBe(1);
  await settled();
  expect(pipe.err.written).toBe("Please log in.\n");
});

test("Ctrl-C stops the task and asks nothing more; a second one leaves at once", async () => {
  const pipe = startPipe("one\ntwo\n");
  await settled();
  pipe.interrupts.press();
  await settled();
  expect(pipe.server.cancelled).toEqual(["t1"]);
  pipe.server.end("m1", "cancelled", "Stopped.");
  expect(await pipe.exit).toBe(130);
  expect(pipe.server.posts).toHaveLength(1);
  const hasty = startPipe("one\n");
  await settled();
  hasty.interrupts.press();
  hasty.interrupts.press();
  expect(await hasty.exit).toBe(130);
});
