// A very long answer in very small pieces costs its length, not its square.

import { expect, test } from "vitest";
import { createDraftWriter } from "../../src/runtime/draft-writer.ts";

test("half a million characters, seven at a time, also after a try that broke off", async () => {
  const whole = Array.from({ length: 70_000 }, (_, n) => String(n).padStart(7, "·")).join("");
  let shown = "";
  let voids = 0;
  const writer = createDraftWriter(
    {
      show: (text) => {
        shown += text;
      },
      void: async () => {
        voids += 1;
        shown = "";
      },
    },
    "",
  );
  const write = async (to: number): Promise<void> => {
    for (let at = 0; at < to; at += 7) await writer.write(whole.slice(at, at + 7));
  };
  await write(700);
  writer.restart();
  await write(whole.length);
  await writer.finish(whole);
  expect(shown).toBe(whole);
  expect(voids).toBe(0);
});
