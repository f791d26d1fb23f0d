// When pages are read without a browser: for good after Chromium cannot be had, once after it was slow.

import { expect, test } from "vitest";
import { silentLog } from "../../../src/core/log.ts";
import { NoChromium } from "../../../src/tools/browse/chromium/launch-chromium.ts";
import type { BrowseEngine } from "../../../src/tools/browse/tab.ts";
import { withFallback } from "../../../src/tools/browse/with-fallback.ts";

/** Notes who is asked for a tab. */
function engines(failure: Error) {
  const asked: string[] = [];
  const tab = {
    act: () => Promise.reject(),
    picture: () => Promise.reject(),
    isLost: () => false,
    close: async () => {},
  };
  const engine = (name: BrowseEngine["name"], fault?: Error): BrowseEngine => ({
    name,
    newTab: async () => {
      asked.push(name);
      if (fault) throw fault;
      return tab;
    },
    close: async () => {},
  });
  return { asked, both: withFallback(engine("chromium", failure), engine("http"), silentLog) };
}

test.each([
  { why: "slow", isLate: true, asked: ["chromium", "http", "chromium", "http"] },
  { why: "not to be had", isLate: false, asked: ["chromium", "http", "http"] },
])("a Chromium that is $why: a task is served without, and Chromium asked again only if it was slow", async (one) => {
  const { both, asked } = engines(new NoChromium("none works", one.isLate));
  await both.newTab();
  await both.newTab();
  expect(asked).toEqual(one.asked);
});
