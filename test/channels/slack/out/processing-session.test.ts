// The session Slack shows as being processed is remembered as long as it may be shown so.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProcessingSessions } from "../../../../src/channels/slack/out/processing-session.ts";
import type { ReplyPlace } from "../../../../src/channels/slack/reply-place.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";
import { openTestLedger } from "../../../support/test-ledger.ts";

const PLACE: ReplyPlace = { team: "T1", channel: "C1", thread: "1.0", message: "1.0", user: "U1", isDm: false };

test("what an earlier process left is ended before the same task begins again, however slow Slack is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-processing-"));
  const ledger = await openTestLedger(folder);
  const told: string[] = [];
  const open: (() => void)[] = [];
  const api = {
    call: (_method: string, { status }: Record<string, unknown>) => {
      told.push(String(status));
      const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
      open.push(() => resolve({}));
      return promise;
    },
  };
  const answer = async (status: string): Promise<void> => {
    await expect.poll(() => told.at(-1)).toBe(status);
    open.pop()?.();
  };
  try {
    const sessions = createProcessingSessions(api, ledger, systemClock);
    const left = sessions.end("task_1", PLACE);
    const goingOn = sessions.begin("task_1", PLACE, () => true);
    await answer("active");
    await left;
    await answer("processing");
    await goingOn;
    expect(told).toEqual(["active", "processing"]);
    expect(await sessions.left()).toMatchObject([{ task: "task_1" }]);
  } finally {
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
