// Times in words and in cron, in the zone of whoever says them, whatever zone the machine is in.

import { describe, expect, test } from "vitest";
import { isTimeZone } from "../../src/lib/time-zone.ts";
import { nextTime, readTime, shownTime } from "../../src/lib/when.ts";

/** A Saturday; 18:00 in Shanghai, 11:00 in Berlin. */
const NOW = Date.parse("2026-11-21T10:00:00Z");
const read = (text: string, zone: string): readonly [string, string] | undefined => {
  const said = readTime(text, NOW, zone);
  return said && [new Date(said.at).toISOString().replace(":00.000Z", "Z"), said.rest];
};

describe.each(["UTC", "Asia/Shanghai", "America/New_York"])("on a machine in %s", (machine) => {
  test.each([
    ["in 10 minutes drink water", "Europe/Berlin", "2026-11-21T10:10Z", "drink water"],
    ["10m tea", "Europe/Berlin", "2026-11-21T10:10Z", "tea"],
    ["tomorrow at 9: stand-up", "Europe/Berlin", "2026-11-22T08:00Z", "stand-up"],
    ["tomorrow at 9: stand-up", "America/New_York", "2026-11-22T14:00Z", "stand-up"],
    ["call Bob on Monday", "Europe/Berlin", "2026-11-23T08:00Z", "call Bob"],
    ["2026-11-25 08:00 deploy", "Asia/Shanghai", "2026-11-25T00:00Z", "deploy"],
    ["9:00 UTC deploy", "Asia/Shanghai", "2026-11-22T09:00Z", "deploy"],
    ["明天上午9点 开会", "Asia/Shanghai", "2026-11-22T01:00Z", "开会"],
    ["10分钟后提醒我喝水", "Asia/Shanghai", "2026-11-21T10:10Z", "喝水"],
    ["11月25日 交报告", "Asia/Shanghai", "2026-11-25T01:00Z", "交报告"],
    // Winter time begins there in between, summer time here.
    ["2027-04-01 at 9:00 x", "Europe/Berlin", "2027-04-01T07:00Z", "x"],
  ])("%s, said in %s", (text, zone, at, rest) => {
    const before = process.env.TZ;
    process.env.TZ = machine;
    try {
      expect(read(text, zone)).toEqual([at, rest]);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

test("a text without a time tells none", () => {
  expect(read("buy five apples", "UTC")).toBeUndefined();
});

describe("cron", () => {
  test("is counted in its zone, over the change of the clock as well", () => {
    expect(nextTime("0 9 * * 1-5", NOW, "Asia/Shanghai")).toBe(Date.parse("2026-11-23T01:00:00Z"));
    expect(nextTime("0 9 * * *", Date.parse("2027-03-27T12:00:00Z"), "Europe/Berlin")).toBe(
      Date.parse("2027-03-28T07:00:00Z"),
    );
  });
  test("that never comes is told as such", () => {
    expect(nextTime("0 0 31 2 *", NOW, "UTC")).toBeUndefined();
  });
  test.each(["* * * * * *", "every day", "61 * * * *", ""])("%s is refused", (cron) => {
    expect(() => nextTime(cron, NOW, "UTC")).toThrow();
  });
});

test("zones are known by name, and shown", () => {
  expect([isTimeZone("Europe/Berlin"), isTimeZone("Mars/Olympus")]).toEqual([true, false]);
  expect(shownTime(NOW, "Europe/Berlin", "en")).toBe("Sat, 21 Nov 2026, 11:00 (Europe/Berlin)");
  expect(shownTime(NOW, "Asia/Shanghai", "zh")).toContain("18:00");
});
