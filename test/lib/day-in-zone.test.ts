// Days as places count them, also where the clocks change.

import { describe, expect, test } from "vitest";
import { createZone } from "../../src/lib/day-in-zone.ts";

const HOUR_MS = 3_600_000;

describe("the day of a moment", () => {
  test.each([
    ["UTC", Date.UTC(2026, 10, 21, 9), "2026-11-21 00:00 UTC", 24],
    ["UTC", Date.UTC(2026, 10, 21), "2026-11-21 00:00 UTC", 24],
    ["Asia/Shanghai", Date.UTC(2026, 10, 21, 17), "2026-11-22 00:00 Asia/Shanghai", 24],
    ["Asia/Kathmandu", Date.UTC(2026, 10, 21, 18, 14), "2026-11-21 00:00 Asia/Kathmandu", 24],
    ["America/New_York", Date.UTC(2026, 10, 1, 12), "2026-11-01 00:00 America/New_York", 25],
    ["America/New_York", Date.UTC(2026, 2, 8, 12), "2026-03-08 00:00 America/New_York", 23],
    // There the clocks go from 23:59 to 01:00.
    ["America/Havana", Date.UTC(2026, 2, 8, 12), "2026-03-08 01:00 America/Havana", 23],
  ])("%s at %d begins on %s and has %d hours", (name, at, start, hours) => {
    const zone = createZone(name);
    const day = zone.dayOf(at);
    expect(zone.show(day.start)).toBe(start);
    expect((day.end - day.start) / HOUR_MS).toBe(hours);
    expect(zone.dayOf(day.end).start).toBe(day.end);
    expect(zone.dayOf(day.end - 1)).toEqual(day);
  });
});
