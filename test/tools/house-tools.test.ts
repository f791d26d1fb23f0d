// The tools that touch the world outside, replaced as a whole while the program runs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { silentLog } from "../../src/core/log.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { openHouseTools } from "../../src/tools/house-tools.ts";
import { outsideSettings } from "../../src/wiring/outside-settings.ts";

test("settings that cannot be are a problem until better ones come, and change nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-house-"));
  const settings = outsideSettings(configSchema.parse({ sandbox: "none", browse: { engine: "http" } }));
  const tools = await openHouseTools({
    folders: { data: join(folder, "data"), tools: join(folder, "tools") },
    settings,
    secret: [],
    taken: [],
    searchPath: "",
    hasBin: () => true,
    variable: () => undefined,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
  });
  const names = tools.current().map(({ name }) => name);
  expect(tools.problems()).toEqual([]);

  await tools.renew({ ...settings, sandbox: "process", fetch: { ...settings.fetch, allowCidrs: ["0.0.0.0/0"] } });
  expect(tools.problems()).toEqual([{ place: "signalbox.yaml", message: expect.stringContaining("0.0.0.0/0") }]);
  expect(tools.current().map(({ name }) => name)).toEqual(names);
  expect(tools.sandbox()).toMatchObject({ isOn: true });

  await tools.renew(settings);
  expect(tools.problems()).toEqual([]);
  await tools.close();
  rmSync(folder, { recursive: true });
});
