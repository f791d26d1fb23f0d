// How far agents are, as the page asks for it: only of those that are shown, and not often.

import { expect, test } from "vitest";
import { createAgentProgress } from "../../../../src/channels/web/page/agent-progress.js";
import { FakeClock } from "../../../support/fake-clock.ts";

test("those that are shown are asked about every three seconds, and an outage changes nothing", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  let isOut = false;
  const progress = createAgentProgress({
    fetch: async (url) => {
      asked.push(String(url));
      if (isOut) throw new TypeError("fetch failed");
      return Response.json({ text: `works, ${asked.length}` });
    },
    clock,
    onChange: () => {},
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  progress.follow([]);
  expect(asked).toEqual([]);
  progress.follow(["t/1"]);
  progress.follow(["t/1"]);
  await settle();
  expect([asked, progress.textOf("t/1")]).toEqual([["/api/tasks/t%2F1/progress"], "works, 1"]);
  isOut = true;
  clock.advance(3_000);
  await settle();
  expect([asked.length, progress.textOf("t/1")]).toEqual([2, "works, 1"]);
  progress.follow([]);
  clock.advance(60_000);
  await settle();
  expect([asked.length, progress.textOf("t/1"), clock.pending]).toEqual([2, "", 0]);
});
