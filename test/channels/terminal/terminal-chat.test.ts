// A conversation in the terminal: what stands on the screen while answers come, the person types, and things break.

import { describe, expect, test } from "vitest";
import { createSessionClient } from "../../../src/channels/terminal/session-client.ts";
import { runChat } from "../../../src/channels/terminal/terminal-chat.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { FakeInput, FakeInterrupts, FakeOutput } from "./fake-terminal.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

interface Setting {
  readonly color?: boolean;
  readonly after?: number;
  readonly server?: FakeServer;
}

async function startChat({ color = false, after, server = new FakeServer() }: Setting = {}) {
  const clock = new FakeClock();
  const input = new FakeInput(true);
  const out = new FakeOutput(true);
  const err = new FakeOutput(true);
  const interrupts = new FakeInterrupts();
  const saved: number[] = [];
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
    session: "here",
  });
  const bookmark = { after, save: (id: number) => void saved.push(id) };
  const exit = runChat({ client, clock, input, out, err, color, interrupts: interrupts.listen, bookmark });
  await settled();
  return {
    ...{ server, clock, input, out, interrupts, saved, exit },
    async type(text: string): Promise<void> {
      input.write(text);
      await settled();
    },
    async leave(): Promise<number> {
      input.write(CTRL_D);
      const code = await exit;
      await settled();
      expect(clock.pending).toBe(0);
      expect(server.listeners).toBe(0);
      expect(interrupts.listeners).toBe(0);
      return code;
    },
  };
}

/** The last lines on the screen, without the welcome. */
const lines = ({ shown }: FakeOutput): readonly string[] =>
  shown
    .split("\n")
    .filter((line) => line !== "")
    .slice(2);

describe("a conversation", () => {
  test("begins with what one needs to know, and replays nothing", async () => {
    const server = new FakeServer();
    server.answer("m1", "An old answer.");
    const chat = await startChat({ server });
    expect(chat.out.shown).toContain("/history shows what was said here before");
    expect(chat.out.shown).not.toContain("old answer");
    expect(await chat.leave()).toBe(0);
  });

  test("shows an answer as it comes, with the tools on the way", async () => {
    const chat = await startChat();
    await chat.type("hi\r");
    expect(chat.server.posts.map((post) => post.text)).toEqual(["hi"]);
    chat.server.begin("m1");
    chat.server.tell({ type: "text_delta", taskId: "t1", text: "Let me " });
    await settled();
    expect(lines(chat.out)).toEqual(["› hi", "Let me"]);
    const tool = { taskId: "t1", callId: "c1", name: "look" };
    chat.server.tell(
      { type: "text_delta", taskId: "t1", text: "see." },
      { type: "text_end", taskId: "t1" },
      { type: "tool_start", ...tool, arguments: "{}" },
      { type: "tool_end", ...tool, status: "ok", summary: "found it" },
      { type: "text_delta", taskId: "t1", text: "\n\nThere it is." },
      { type: "text_end", taskId: "t1" },
    );
    chat.server.end("m1", "done", "Let me see.\n\nThere it is.");
    await settled();
    expect(lines(chat.out)).toEqual(["› hi", "Let me see.", "  ✓ look found it", "There it is.", "›"]);
    await chat.leave();
  });

  test("a failure and a stop are told by their sentence", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    chat.server.end("m1", "failed", "The model cannot be reached.");
    await settled();
    await chat.type("two\r");
    chat.server.begin("m2");
    chat.server.tell({ type: "text_delta", taskId: "t2", text: "Half a" });
    chat.server.end("m2", "cancelled", "Half a sentence\n\nStopped.");
    await settled();
    expect(lines(chat.out)).toEqual([
      "› one",
      "The model cannot be reached.",
      "› two",
      "Half a sentence",
      "Stopped.",
      "›",
    ]);
    await chat.leave();
  });

  test("a command is answered at once", async () => {
    const chat = await startChat();
    await chat.type("/help\r");
    expect(lines(chat.out)).toEqual(["› /help", "answer to /help", "›"]);
    await chat.leave();
  });

  test("a message that waits says behind how many, and is named when its answer begins", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    await chat.type("two\r");
    expect(chat.out.shown).toContain("One message is before yours.");
    chat.server.answer("m1", "First.");
    chat.server.answer("m2", "Second.");
    await settled();
    expect(lines(chat.out).slice(-5)).toEqual(["One message is before yours.", "First.", "› two", "Second.", "›"]);
    await chat.leave();
  });

  test("hostile text moves no cursor", async () => {
    const chat = await startChat();
    await chat.type("hi\r");
    chat.server.answer("m1", "a\u001b[2", "Jb\u001b]0;root\u0007c");
    await settled();
    expect(lines(chat.out)).toContain("abc");
    expect(chat.out.written).not.toContain("\u001b[2J");
    await chat.leave();
  });

  test("what was said before is shown on demand", async () => {
    const server = new FakeServer();
    const first = await startChat({ server });
    await first.type("hi\r");
    server.answer("m1", "Hello.");
    await settled();
    await first.leave();
    const chat = await startChat({ server });
    await chat.type("/history\r");
    chat.clock.advance(500);
    await settled();
    expect(lines(chat.out).slice(1)).toEqual(["› hi", "Hello.", "›"]);
    await chat.leave();
  });

  test("an answer that came while one was away is shown when one comes back", async () => {
    const server = new FakeServer();
    const first = await startChat({ server });
    await first.type("hi\r");
    server.answer("m1", "Hello.");
    await settled();
    await first.type("and now?\r");
    server.begin("m2");
    first.input.write(CTRL_C);
    first.input.write(CTRL_C);
    await first.exit;
    server.answer("m2", "Still here.");
    const chat = await startChat({ server, after: first.saved.at(-1) ?? 0 });
    expect(lines(chat.out)).toEqual(["› and now?", "Still here.", "›"]);
    await chat.leave();
  });
});

describe("typing while an answer is written", () => {
  test("holds the answer back, shows the line, and queues it", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    chat.server.tell({ type: "text_delta", taskId: "t1", text: "The line " });
    await settled();
    await chat.type("tw");
    chat.server.tell({ type: "text_delta", taskId: "t1", text: "is clear." });
    await settled();
    expect(lines(chat.out).slice(-2)).toEqual(["The line", "› tw"]);
    await chat.type("o\r");
    expect(chat.server.posts.map((post) => post.text)).toEqual(["one", "two"]);
    expect(lines(chat.out)).toContain("The line is clear.");
    await chat.type(CTRL_C);
    await chat.type(CTRL_C);
    expect(await chat.exit).toBe(0);
  });

  test("a line that is rubbed out lets the answer go on", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    await chat.type("x");
    chat.server.answer("m1", "The line is clear.");
    await settled();
    expect(chat.out.shown).not.toContain("clear");
    await chat.type("\u007f");
    expect(lines(chat.out).slice(-2)).toEqual(["The line is clear.", "›"]);
    await chat.leave();
  });

  test("what is pasted is one message", async () => {
    const chat = await startChat({ color: true });
    expect(chat.out.written).toContain("\u001b[?2004h");
    await chat.type("\u001b[200~first line\rsecond line\u001b[201~");
    expect(chat.server.posts).toEqual([]);
    await chat.type("\r");
    expect(chat.server.posts.map((post) => post.text)).toEqual(["first line\nsecond line"]);
    chat.server.answer("m1", "Both.");
    await settled();
    await chat.leave();
    expect(chat.out.written).toContain("\u001b[?2004l");
  });
});

describe("Ctrl-C", () => {
  test("during an answer stops the task; the conversation goes on", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    await chat.type(CTRL_C);
    expect(chat.server.cancelled).toEqual(["t1"]);
    chat.server.end("m1", "cancelled", "Stopped.");
    await settled();
    expect(lines(chat.out).slice(-2)).toEqual(["Stopped.", "›"]);
    await chat.leave();
  });

  test("a second one leaves at once", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    await chat.type(CTRL_C);
    chat.interrupts.press();
    expect(await chat.exit).toBe(0);
  });

  test("at the empty prompt leaves, and on a written line only takes that back", async () => {
    const chat = await startChat();
    await chat.type("never mind");
    await chat.type(CTRL_C);
    await chat.type("\r");
    expect(chat.server.posts).toEqual([]);
    await chat.type(CTRL_C);
    expect(await chat.exit).toBe(0);
  });

  test("Ctrl-D while an answer runs waits for it", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    await chat.type(CTRL_D);
    chat.server.answer("m1", "Done.");
    expect(await chat.exit).toBe(0);
    await settled();
    expect(lines(chat.out)).toEqual(["› one", "Done."]);
  });
});

describe("when things break", () => {
  test("an answer that is begun again after a crash says so", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    const delta = (text: string) => ({ type: "text_delta", taskId: "t1", text }) as const;
    chat.server.tell(delta("Kept. "), { type: "text_end", taskId: "t1" }, delta("Half a sent"));
    await settled();
    chat.server.begin("m1", 2);
    chat.server.tell(delta("Whole."), { type: "text_end", taskId: "t1" });
    chat.server.end("m1", "done", "Kept. Whole.");
    await settled();
    expect(lines(chat.out).slice(1)).toEqual([
      "Kept. Half a sent",
      "(this last part broke off and begins again)",
      "Whole.",
      "›",
    ]);
    await chat.leave();
  });

  test("what was missed of an answer is written in the end, or all of it where it does not fit", async () => {
    const chat = await startChat();
    await chat.type("one\r");
    chat.server.begin("m1");
    chat.server.tell({ type: "text_delta", taskId: "t1", text: "The line " });
    chat.server.end("m1", "done", "The line is clear.");
    await settled();
    await chat.type("two\r");
    chat.server.begin("m2");
    chat.server.tell({ type: "text_delta", taskId: "t2", text: "e line" });
    chat.server.end("m2", "done", "The line is free.");
    await settled();
    const shown = lines(chat.out);
    expect(shown.slice(1, 2)).toEqual(["The line is clear."]);
    expect(shown.slice(3)).toEqual(["e line", "(the whole answer:)", "The line is free.", "›"]);
    await chat.leave();
  });

  test("a short break is not worth a word, a long one is, and so is its end", async () => {
    const chat = await startChat();
    chat.server.breakStreams();
    await settled();
    chat.clock.advance(250);
    await settled();
    expect(chat.out.shown).not.toContain("lost");
    chat.server.hindrances.push("no answer", "no answer", "no answer", "no answer", "no answer");
    chat.server.breakStreams();
    for (let second = 0; second < 40; second += 1) {
      await settled();
      chat.clock.advance(1000);
    }
    await settled();
    expect(lines(chat.out)).toEqual(["the connection to the server is lost, trying again", "connected again", "›"]);
    await chat.leave();
  });

  test("a message that cannot be sent says so and is sent later; a refused one gives the reason", async () => {
    const chat = await startChat();
    chat.server.hindrances.push("no answer");
    await chat.type("one\r");
    expect(chat.out.shown).toContain("not sent yet: the server cannot be reached, trying again");
    chat.clock.advance(250);
    await settled();
    chat.server.answer("m1", "Here.");
    chat.server.hindrances.push([400, { error: "It is too long." }]);
    await settled();
    await chat.type("two\r");
    expect(lines(chat.out).slice(-3)).toEqual(["› two", "It is too long.", "›"]);
    await chat.leave();
  });
});

describe("consent", () => {
  const asked = (approvalId: string) =>
    ({
      type: "approval_requested",
      taskId: "t1",
      approvalId,
      tool: "run_command",
      text: `May I? ${approvalId}`,
      buttons: [],
    }) as const;
  const decided = (approvalId: string) =>
    ({ type: "approval_decided", taskId: "t1", approvalId, state: "approved", text: "It was approved." }) as const;

  test("is given with y and refused with n and a reason; when nothing waits these are words", async () => {
    const chat = await startChat();
    await chat.type("y\r");
    chat.server.tell(asked("approval_1"), asked("approval_2"));
    await settled();
    expect(lines(chat.out).join("\n")).toContain("y consents, n refuses");
    await chat.type("n it deletes too much\r");
    chat.server.tell(decided("approval_2"));
    await settled();
    await chat.type("Yes\r");
    chat.server.tell(decided("approval_1"));
    await settled();
    await chat.type("no\r");
    expect(chat.server.posts.map(({ text }) => text)).toEqual([
      "y",
      "/deny approval_2 it deletes too much",
      "/approve approval_1",
      "no",
    ]);
  });
});
