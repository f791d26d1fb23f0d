// A sign that would come when all is over is not given; one for a message that is still worked on is, under whatever task.

import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createWorkingSign, type WorkingSignParts } from "../../../../src/channels/feishu/out/working-sign.ts";
import { silentLog } from "../../../../src/core/log.ts";
import type { StoredMessage } from "../../../../src/core/message.ts";
import type { Task } from "../../../../src/core/task.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";

const REPLY_TO = { chat: "oc_1", message: "om_1", user: "ou_1", isP2p: false };

/** A ledger that knows one message and its tasks, and a platform that notes what it is asked. */
function world(tasks: Readonly<Record<string, { readonly endedAt: number | null; readonly hasMessage: boolean }>>) {
  const memos = new Map<string, unknown>();
  const calls: string[] = [];
  const message = { replyTo: REPLY_TO, receivedAt: systemClock.now() + 1_000 } as unknown as StoredMessage;
  const parts = {
    channel: "feishu",
    clock: systemClock,
    log: silentLog,
    api: {
      call: async (method: string) => {
        calls.push(method);
        return { reaction_id: "r_1" };
      },
    },
    ledger: {
      memo: async (_channel: string, key: string) => (memos.has(key) ? { key, value: memos.get(key) } : undefined),
      memos: async () => [...memos].map(([key, value]) => ({ key, value })),
      putMemo: async (_channel: string, key: string, value: unknown) => void memos.set(key, value),
      dropMemo: async (_channel: string, key: string) => void memos.delete(key),
      task: async (id: string) => tasks[id] as Task | undefined,
      messagesOfTask: async (id: string) => (tasks[id]?.hasMessage ? [message] : []),
    },
  } as unknown as WorkingSignParts;
  return { sign: createWorkingSign(parts), memos, calls };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
};

test("a message that is worked on carries it until the end", async () => {
  const { sign, memos, calls } = world({ task_1: { endedAt: null, hasMessage: true } });
  sign.show("om_1", "task_1");
  await settled();
  expect(calls).toEqual(["POST"]);
  sign.removeAll("task_1");
  await settled();
  expect(calls).toEqual(["POST", "DELETE"]);
  expect(memos.size).toBe(0);
});

test("what has ended before it went out carries none, and nothing of it is kept", async () => {
  const { sign, memos, calls } = world({ task_1: { endedAt: 5, hasMessage: true } });
  sign.show("om_1", "task_1");
  sign.removeAll("task_1");
  await settled();
  expect(calls).toEqual([]);
  expect(memos.size).toBe(0);
});

test("a message that went over to another task carries it, though its own has ended", async () => {
  const { sign, calls } = world({
    task_1: { endedAt: 5, hasMessage: false },
    task_2: { endedAt: null, hasMessage: true },
  });
  sign.show("om_1", "task_1");
  await settled();
  expect(calls).toEqual(["POST"]);
  sign.removeAll("task_2");
  await settled();
  expect(calls).toEqual(["POST", "DELETE"]);
});

test("what a dead process left unsaid is found by asking", async () => {
  const { sign, memos, calls } = world({ task_1: { endedAt: 5, hasMessage: true } });
  memos.set("sign:om_1", { task: "task_1" });
  sign.tidy();
  await settled();
  expect(calls).toEqual(["POST", "DELETE"]);
  expect(memos.size).toBe(0);
});
