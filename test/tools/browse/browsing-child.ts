// A server's stand-in that opens one page and stays, until it is killed: `browsing-child.ts <url>`.

import { silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createChromiumEngine } from "../../../src/tools/browse/chromium/chromium-engine.ts";
import { LAUNCH } from "./browser-for-tests.ts";

const [url = ""] = process.argv.slice(2);
const engine = createChromiumEngine({
  launch: LAUNCH,
  network: { allowCidrs: ["127.0.0.1/32"], ports: [80, 443, Number(new URL(url).port)] },
  clock: systemClock,
  log: silentLog,
});
const tab = await engine.newTab();
await tab.act({ action: "open", url }, new AbortController().signal).catch(() => {});
setInterval(() => {}, 60_000);
