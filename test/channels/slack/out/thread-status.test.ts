// The line under a thread: Slack takes it away with our message, and we do where both were on their way at once.

import { expect, test } from "vitest";
import { createThreadStatus } from "../../../../src/channels/slack/out/thread-status.ts";
import type { ReplyPlace } from "../../../../src/channels/slack/reply-place.ts";
import { SlackFailure } from "../../../../src/channels/slack/slack-api.ts";

const PLACE: ReplyPlace = { team: "T1", channel: "C1", thread: "1.0", message: "1.0", user: "U1", isDm: false };

/** Each call is answered when the test says so. */
function slackByHand() {
  const open: { readonly text: string; readonly answer: () => void; readonly refuse: () => void }[] = [];
  const told: string[] = [];
  const status = createThreadStatus({
    call: (method, { status: text }) => {
      told.push(String(text));
      const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
      const refuse = (): void => reject(new SlackFailure(method, "ratelimited", "retry"));
      open.push({ text: String(text), answer: () => resolve({}), refuse });
      return promise;
    },
  });
  const show = async (text: string, refresh?: boolean): Promise<void> => {
    const shown = status.show(PLACE, text, refresh);
    open.pop()?.answer();
    await shown;
  };
  return { status, told, open, show };
}

test("is left to Slack where our message came after it", async () => {
  const { status, told, show } = slackByHand();
  await show("thinking");
  status.appearing(PLACE);
  status.appeared(PLACE);
  expect(status.isSure(PLACE)).toBe(true);
  await status.clear(PLACE);
  expect(told).toEqual(["thinking"]);
});

test("is taken away where no message of ours appeared", async () => {
  const { status, told, open, show } = slackByHand();
  await show("thinking");
  const cleared = status.clear(PLACE);
  open.pop()?.answer();
  await cleared;
  expect(told).toEqual(["thinking", ""]);
});

test.each(["the status first", "the message first"])(
  "is taken away where both were on their way: %s",
  async (first) => {
    const { status, told, open } = slackByHand();
    if (first === "the message first") status.appearing(PLACE);
    const shown = status.show(PLACE, "thinking");
    status.appearing(PLACE);
    status.appeared(PLACE);
    open.pop()?.answer();
    await shown;
    expect(status.isSure(PLACE)).toBe(false);
    void status.clear(PLACE);
    expect(told).toEqual(["thinking", ""]);
  },
);

test("is taken away where a live message appeared unannounced, or a later text was refused", async () => {
  const live = slackByHand();
  await live.show("thinking");
  live.status.appeared(PLACE);
  void live.status.clear(PLACE);
  expect(live.told).toEqual(["thinking", ""]);

  const refused = slackByHand();
  await refused.show("thinking");
  const shown = refused.status.show(PLACE, "using a tool");
  refused.open.pop()?.refuse();
  expect(await shown).toBe(false);
  void refused.status.clear(PLACE);
  expect(refused.told).toEqual(["thinking", "using a tool", ""]);
});

test("is shown again after a message, though the words are the same", async () => {
  const { status, told, show } = slackByHand();
  await show("thinking");
  await show("thinking");
  expect(told).toEqual(["thinking"]);
  status.appearing(PLACE);
  status.appeared(PLACE);
  await show("thinking");
  expect(told).toEqual(["thinking", "thinking"]);
});
