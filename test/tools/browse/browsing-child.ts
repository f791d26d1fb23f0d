// A server's stand-in that opens one page, says what it sees and stays, until it is killed: `browsing-child.ts <folder> <url>`.

import { silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createChromiumEngine } from "../../../src/tools/browse/chromium/chromium-engine.ts";

const [folder = "", url = ""] = process.argv.slice(2);
const engine = createChromiumEngine({
  launch: { folder, mayBeOpen: true },
  network: { allowCidrs: ["127.0.0.1/32"], ports: [80, 443, Number(new URL(url).port)] },
  clock: systemClock,
  log: silentLog,
  bounds: { loadMs: 1_000, readMs: 2_000 },
});
const tab = await engine.newTab();
const { signal } = new AbortController();
const view = await tab.act({ action: "open", url }, signal).catch((error: unknown) => ({ markdown: String(error) }));
console.log(view.markdown.includes("Here.") ? view.markdown : `Here. (${view.markdown})`);
setInterval(() => {}, 60_000);
