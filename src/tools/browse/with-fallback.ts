// Pages without a browser where there should be one: from now on when none of the Chromiums that are there works, and for one task
// when one was only slow, since the next time it may be quick.

import type { Log } from "../../core/log.ts";
import { NoChromium } from "./chromium/launch-chromium.ts";
import type { BrowseEngine } from "./tab.ts";

export function withFallback(chromium: BrowseEngine, http: BrowseEngine, log: Log): BrowseEngine {
  let isWithout = false;
  return {
    name: "chromium",
    newTab: async () => {
      if (isWithout) return await http.newTab();
      try {
        return await chromium.newTab();
      } catch (error) {
        if (!(error instanceof NoChromium)) throw error;
        isWithout = !error.isLate;
        const howLong = isWithout ? "from now on" : "for one task";
        log.warn(`browse works without scripts and forms ${howLong}`, { reason: error.message });
        return await http.newTab();
      }
    },
    close: chromium.close,
  };
}
