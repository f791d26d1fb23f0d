// What the page shows of a session, from its events: also from those of a crash, a break or a line that lost some.

import { describe, expect, test } from "vitest";
import type { Conversation, Turn, WireEvent } from "../../../../src/channels/web/page/conversation.d.ts";
import {
  activeTurn,
  answerOf,
  emptyConversation,
  findMessage,
  lastSeq,
  positions,
  reduce,
} from "../../../../src/channels/web/page/conversation.js";

const seen = (events: readonly WireEvent[], from: Conversation = emptyConversation): Conversation =>
  events.reduce(reduce, from);

const accepted = (seq: number, text = `message ${seq}`, taskId = `t${seq}`): WireEvent => ({
  type: "message_accepted",
  messageId: `m${seq}`,
  taskId,
  seq,
  sender: "local",
  senderId: "web:local",
  text,
  position: 0,
});
const started = (seq: number, attempt = 1, messageIds = [`m${seq}`]): WireEvent => ({
  type: "execution_start",
  taskId: `t${seq}`,
  messageIds,
  attempt,
});
const delta = (seq: number, text: string): WireEvent => ({ type: "text_delta", taskId: `t${seq}`, text });
const ended = (seq: number): WireEvent => ({ type: "text_end", taskId: `t${seq}` });
const toolStarted = (seq: number, callId: string): WireEvent => ({
  type: "tool_start",
  taskId: `t${seq}`,
  callId,
  name: "look",
  arguments: '{"at":"it"}',
});
const toolEnded = (seq: number, callId: string, status = "ok"): WireEvent => ({
  type: "tool_end",
  taskId: `t${seq}`,
  callId,
  name: "look",
  status,
  summary: "seen",
});
const complete = (seq: number, text: string, state: "done" | "failed" | "cancelled" = "done"): WireEvent => ({
  type: "execution_complete",
  taskId: `t${seq}`,
  messageIds: [`m${seq}`],
  state,
  cancelled: state === "cancelled",
  text,
});

const turnOf = (conversation: Conversation, taskId: string): Turn => {
  const turn = conversation.turns.find((candidate) => candidate.taskId === taskId);
  if (!turn) throw new Error(`there is no turn ${taskId}`);
  return turn;
};
/** What stands there, shortly: `"text"`, `[tool status]`, `>message`. */
const outline = (turn: Turn): readonly string[] =>
  turn.entries.map((entry) => {
    if (entry.kind === "message") return `>${entry.text}`;
    if (entry.kind === "approval") return `?${entry.decided ?? "open"}`;
    if (entry.kind === "aside") return `+${entry.person ?? entry.file?.url} ${entry.text}`;
    if (entry.kind === "agent") return `@${entry.agent}`;
    return entry.kind === "text" ? entry.text : `[${entry.name} ${entry.status ?? "running"}]`;
  });

test("an agent at work is there at once, beside the line: nobody waits for it, and no stop means it", () => {
  const started = { id: 8, type: "agent_started", taskId: "a1", agent: "researcher", goal: "compare" } as const;
  const conversation = seen([started]);
  expect(conversation.turns).toMatchObject([
    { taskId: "a1", state: "running", entries: [{ kind: "agent", agent: "researcher", goal: "compare" }] },
  ]);
  expect(activeTurn(conversation)).toBeUndefined();
  const done = { id: 9, type: "agent_done", taskId: "a1", agent: "researcher", state: "done", text: "X." } as const;
  expect(seen([started, done]).turns).toMatchObject([
    { state: "done", entries: [{ kind: "agent" }, { kind: "text" }] },
  ]);
});

test("what an agent found stands as a turn of its own", () => {
  const done = { id: 9, type: "agent_done", taskId: "a1", agent: "researcher", state: "done", text: "X." } as const;
  const turn = seen([accepted(1, "@researcher look"), done]).turns.at(-1);
  expect(turn && outline(turn)).toEqual(["**@researcher**\n\nX."]);
});

test("what is said beside the answer keeps its place, and the answer stays whole", () => {
  const file = { fileId: "f1", name: "a.png", mediaType: "image/png", bytes: 3, url: "/f1", text: "Look" } as const;
  const turn = seen([
    accepted(1, "draw"),
    started(1),
    delta(1, "Here. "),
    ended(1),
    { type: "file_sent", taskId: "t1", ...file },
    { type: "person_mentioned", taskId: "t1", person: "Bob", text: "see above" },
    delta(1, "Done."),
    ended(1),
    complete(1, "Here. Done."),
  ]).turns.at(-1);
  expect(turn && outline(turn)).toEqual([">draw", "Here. ", "+/f1 Look", "+Bob see above", "Done."]);
});

describe("consent that is asked for", () => {
  test("stands open in its turn until it is decided", () => {
    const asked = {
      id: 3,
      type: "approval_requested",
      taskId: "t1",
      approvalId: "a1",
      tool: "deploy",
      text: "May I?",
      buttons: [{ id: "b1", kind: "approve", label: "Approve" }],
    } as const;
    const open = [accepted(1, "hi"), started(1), asked].reduce<Conversation>(reduce, emptyConversation);
    const decided = {
      id: 9,
      type: "approval_decided",
      taskId: "t1",
      approvalId: "a1",
      state: "approved",
      text: "Yes.",
    } as const;
    const [turn] = open.turns;
    expect(turn && outline(turn)).toContain("?open");
    const [after] = reduce(open, decided).turns;
    expect(after && outline(after)).toContain("?Yes.");
  });
});

describe("an answer that comes whole", () => {
  const events = [
    accepted(1, "hi"),
    started(1),
    delta(1, "Let me "),
    delta(1, "see.\n\n"),
    ended(1),
    toolStarted(1, "c1"),
    toolStarted(1, "c2"),
    toolEnded(1, "c2", "error"),
    toolEnded(1, "c1"),
    delta(1, "It is there."),
    ended(1),
    complete(1, "Let me see.\n\nIt is there."),
  ];

  test("texts and tools stand in the order they came", () => {
    const turn = turnOf(seen(events), "t1");
    expect(outline(turn)).toEqual([">hi", "Let me see.\n\n", "[look ok]", "[look error]", "It is there."]);
    expect(turn.state).toBe("done");
    expect(answerOf(turn)).toBe("Let me see.\n\nIt is there.");
  });

  test("a replay of everything shows the same as living through it", () => {
    const numbered = events.map((event, index): WireEvent => ({ ...event, id: (index + 1) * 10 }));
    const lived = seen(numbered);
    expect(seen(numbered, lived)).toEqual(lived);
    expect(lived.lastId).toBe(120);
  });

  test("after a break the same events may come again without doubling anything", () => {
    const numbered = events.map((event, index): WireEvent => ({ ...event, id: index + 1 }));
    const broken = seen(numbered.slice(0, 5));
    expect(answerOf(turnOf(seen(numbered.slice(2), broken), "t1"))).toBe("Let me see.\n\nIt is there.");
  });

  test("what has not changed stays the same object, so that it is not drawn again", () => {
    const before = seen([...events, accepted(2), started(2), delta(2, "a")]);
    const next = reduce(before, delta(2, "b"));
    expect(next.turns[0]).toBe(before.turns[0]);
    expect(next.turns[1]).not.toBe(before.turns[1]);
    expect(next.turns[1]?.entries[0]).toBe(before.turns[1]?.entries[0]);
  });
});

describe("text that was lost on the way", () => {
  test("missing deltas are made up for by the whole answer", () => {
    const turn = turnOf(
      seen([accepted(1), started(1), delta(1, "The line "), complete(1, "The line is clear.")]),
      "t1",
    );
    expect(outline(turn)).toEqual([">message 1", "The line is clear."]);
  });

  test("a missing reply after a tool is put after the tool", () => {
    const events = [
      accepted(1),
      started(1),
      delta(1, "First. "),
      ended(1),
      toolStarted(1, "c1"),
      toolEnded(1, "c1"),
      complete(1, "First. Second."),
    ];
    expect(outline(turnOf(seen(events), "t1"))).toEqual([">message 1", "First. ", "[look ok]", "Second."]);
  });

  test("a hole in the middle brings the whole answer in one piece", () => {
    const events = [accepted(1), started(1), delta(1, "Fi"), delta(1, "st."), ended(1), complete(1, "First.")];
    expect(outline(turnOf(seen(events), "t1"))).toEqual([">message 1", "First."]);
  });

  test("the answer of a task nobody heard of before is shown all the same", () => {
    const turn = turnOf(seen([complete(7, "Here.")]), "t7");
    expect(answerOf(turn)).toBe("Here.");
    expect(turn.state).toBe("done");
  });

  test("what comes after the end changes nothing", () => {
    const done = seen([accepted(1), started(1), complete(1, "Done.")]);
    expect(seen([delta(1, " more"), { type: "text_reset", taskId: "t1" }], done)).toEqual(done);
    expect(seen([ended(9), { type: "text_reset", taskId: "t9" }], done).turns).toEqual(done.turns);
  });
});

describe("text that became void", () => {
  test("a reset takes back what was being written and nothing else", () => {
    const events = [accepted(1), started(1), delta(1, "Kept. "), ended(1), delta(1, "Void")];
    const conversation = seen([...events, { type: "text_reset", taskId: "t1" }, delta(1, "New.")]);
    expect(outline(turnOf(conversation, "t1"))).toEqual([">message 1", "Kept. ", "New."]);
  });

  test("after a crash the answer goes on from what was committed", () => {
    const crashed = seen([
      accepted(1),
      started(1),
      delta(1, "Kept. "),
      ended(1),
      toolStarted(1, "c1"),
      delta(1, "half a sent"),
    ]);
    const resumed = seen([started(1, 2), toolStarted(1, "c1"), toolEnded(1, "c1"), delta(1, "Whole.")], crashed);
    const turn = turnOf(resumed, "t1");
    expect(outline(turn)).toEqual([">message 1", "Kept. ", "[look ok]", "Whole."]);
    expect(turn.attempt).toBe(2);
    expect(answerOf(turnOf(seen([ended(1), complete(1, "Kept. Whole.")], resumed), "t1"))).toBe("Kept. Whole.");
  });
});

describe("endings without an answer", () => {
  test.each(["failed", "cancelled"] as const)(
    "a %s task shows its sentence, and what was written stays marked",
    (state) => {
      const turn = turnOf(seen([accepted(1), started(1), delta(1, "Half"), complete(1, "That is it.", state)]), "t1");
      expect(turn).toMatchObject({ state, outcome: "That is it." });
      expect(turn.entries.at(-1)).toMatchObject({ text: "Half", open: false, unfinished: true });
    },
  );

  test.each([
    ["seen as it came", [delta(1, "Kept. "), ended(1), delta(1, "Half")]],
    ["read again, when the half reply is gone", [delta(1, "Kept. "), ended(1)]],
    ["of which nothing was seen", []],
  ])("what was said before a stop stands before the sentence: %s", (_how, said) => {
    const turn = turnOf(
      seen([accepted(1), started(1), ...said, complete(1, "Kept. Half\n\nStopped.", "cancelled")]),
      "t1",
    );
    expect(turn.outcome).toBe("Stopped.");
    expect(answerOf(turn)).toBe("Kept. Half");
    expect(turn.entries.at(-1)).toMatchObject({ open: false, unfinished: true });
  });

  test("a stop between two replies leaves nothing half", () => {
    const said = [delta(1, "Kept."), ended(1), toolStarted(1, "c1")];
    const turn = turnOf(seen([accepted(1), started(1), ...said, complete(1, "Kept.\n\nStopped.", "cancelled")]), "t1");
    expect(outline(turn)).toEqual([">message 1", "Kept.", "[look running]"]);
    expect(turn.entries[1]).not.toHaveProperty("unfinished");
  });

  test("a message that found the line full stands alone with the reason", () => {
    const events: readonly WireEvent[] = [
      accepted(1, "too many", ""),
      { type: "message_closed", messageId: "m1", disposition: "refused", text: "50 are waiting." },
    ];
    const turn = turnOf(seen(events), "m1");
    expect(turn).toMatchObject({ state: "refused", outcome: "50 are waiting." });
    expect(outline(turn)).toEqual([">too many"]);
  });

  test("a command stands with its answer", () => {
    const events: readonly WireEvent[] = [
      accepted(1, "/help", ""),
      { type: "message_closed", messageId: "m1", disposition: "answered", text: "/stop stops." },
    ];
    expect(turnOf(seen(events), "m1").state).toBe("done");
    expect(outline(turnOf(seen(events), "m1"))).toEqual([">/help", "/stop stops."]);
  });

  test("an unknown event changes nothing but the place to go on from", () => {
    const unknown = { type: "confetti", id: 5 } as unknown as WireEvent;
    expect(reduce(emptyConversation, unknown)).toEqual({ lastId: 5, turns: [] });
  });
});

describe("the line", () => {
  test("each waiting message knows how many are before it, and moves up", () => {
    const busy = seen([accepted(1), started(1), accepted(2), accepted(3), accepted(4)]);
    expect([...positions(busy)]).toEqual([
      ["t2", 1],
      ["t3", 2],
      ["t4", 3],
    ]);
    const withdrawn = seen([complete(3, "Stopped.", "cancelled")], busy);
    expect([...positions(withdrawn)]).toEqual([
      ["t2", 1],
      ["t4", 2],
    ]);
    const next = seen([complete(1, "Done."), started(2)], withdrawn);
    expect([...positions(next)]).toEqual([["t4", 1]]);
  });

  test("a stop means what runs, or else what is next", () => {
    expect(activeTurn(emptyConversation)).toBeUndefined();
    expect(activeTurn(seen([accepted(1), accepted(2)]))?.taskId).toBe("t1");
    expect(activeTurn(seen([accepted(1), started(1), accepted(2), complete(1, "Done.")]))?.taskId).toBe("t2");
  });

  test("a message that joins a running task stands where it joined, and its own turn is gone", () => {
    const events: readonly WireEvent[] = [
      accepted(1),
      started(1),
      delta(1, "One. "),
      ended(1),
      accepted(2, "and this"),
      { type: "message_joined", taskId: "t1", messageId: "m2" },
      delta(1, "Two."),
    ];
    const conversation = seen(events);
    expect(conversation.turns).toHaveLength(1);
    expect(outline(turnOf(conversation, "t1"))).toEqual([">message 1", "One. ", ">and this", "Two."]);
    expect([...positions(conversation)]).toEqual([]);
  });

  test("messages that are collected into one task stand together before its answer", () => {
    const joined: WireEvent = { type: "message_joined", taskId: "t1", messageId: "m2" };
    const both = [`m1`, `m2`, `m3`];
    const conversation = seen([accepted(1), accepted(2), accepted(3), joined, started(1, 1, both), delta(1, "All.")]);
    expect(conversation.turns).toHaveLength(1);
    expect(outline(turnOf(conversation, "t1"))).toEqual([">message 1", ">message 2", ">message 3", "All."]);
  });

  test("a message that joined a task which is over is not lost", () => {
    const joined: WireEvent = { type: "message_joined", taskId: "t1", messageId: "m2" };
    const conversation = seen([accepted(1), started(1), accepted(2), complete(1, "Done."), joined]);
    expect(outline(turnOf(conversation, "t1"))).toEqual([">message 1", ">message 2", "Done."]);
    expect(conversation.turns).toHaveLength(1);
  });

  test("messages are found by their id, and the last place in the line is known", () => {
    const conversation = seen([accepted(1), accepted(2, "here")]);
    expect(findMessage(conversation, "m2")?.text).toBe("here");
    expect(findMessage(conversation, "m9")).toBeUndefined();
    expect(lastSeq(conversation)).toBe(2);
    expect(lastSeq(emptyConversation)).toBe(0);
  });
});
