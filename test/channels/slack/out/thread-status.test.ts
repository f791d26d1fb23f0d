// A status that reaches Slack only after the answer must not stand there as if there were more to come, whoever showed it.

import { expect, test } from "vitest";
import type { ReplyPlace } from "../../../../src/channels/slack/reply-place.ts";
import type { SlackApi } from "../../../../src/channels/slack/slack-api.ts";
import { createThreadStatus } from "../../../../src/channels/slack/thread-status.ts";

const place: ReplyPlace = { team: "T1", channel: "C1", thread: "1.000001", user: "U1", isDm: false };

/** Answers each call when it is let. */
function slowSlack() {
  const statuses: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const api: SlackApi = {
    call: async (_method, { status }) => {
      statuses.push(status);
      await gate.promise;
      return {};
    },
  };
  return { api, statuses, answer: gate.resolve };
}

test("one that was under way when the answer appeared is taken away", async () => {
  const { api, statuses, answer } = slowSlack();
  const status = createThreadStatus(api);
  const shown = status.show(place, "is thinking…");
  status.appeared(place);
  answer();
  await shown;
  await status.clear(place);
  expect(statuses).toEqual(["is thinking…", ""]);
});

test("one that Slack answered before the answer appeared may have come after it all the same", async () => {
  const { api, statuses, answer } = slowSlack();
  const status = createThreadStatus(api);
  answer();
  await status.show(place, "is thinking…");
  await status.show(place, "is thinking…");
  status.appeared(place);
  await status.clear(place);
  await status.clear(place);
  expect(statuses).toEqual(["is thinking…", ""]);
});

test("one that appeared over is shown again when it is wanted again", async () => {
  const { api, statuses, answer } = slowSlack();
  const status = createThreadStatus(api);
  answer();
  await status.show(place, "is thinking…");
  status.appeared(place);
  await status.show(place, "is thinking…");
  expect(statuses).toEqual(["is thinking…", "is thinking…"]);
});

test("where none was shown there is none to take away, unless an earlier process may have shown one", async () => {
  const { api, statuses, answer } = slowSlack();
  const status = createThreadStatus(api);
  answer();
  await status.clear(place);
  expect(statuses).toEqual([]);
  await status.clear(place, true);
  expect(statuses).toEqual([""]);
});
