// What of a table is drawn, and what is said where it does not fit.

import { expect, test } from "vitest";
import { chartPoints, numberIn, type Row } from "../../../src/tools/chart/chart-points.ts";
import type { ChartRequest } from "../../../src/tools/chart/chart-request.ts";

const request = (more: Partial<ChartRequest> = {}): ChartRequest => ({
  ...{ kind: "bar", table: "", title: "" },
  ...{ x: undefined, y: undefined, series: undefined, xTitle: undefined, yTitle: undefined },
  ...more,
});

const points = (rows: readonly Row[], more: Partial<ChartRequest> = {}) =>
  chartPoints(Object.keys(rows[0] ?? {}), rows, request(more));

test.each([
  ["1,234.5", 1234.5],
  ["¥3 400", 3400],
  ["12 %", 12],
  ["−7", -7],
  ["１２", 12],
  ["1e3", 1000],
  ["$.5", 0.5],
  ["", undefined],
  ["n/a", undefined],
  ["1-2", undefined],
  ["Infinity", undefined],
  ["0x10", undefined],
])("%s is the number %s", (text, number) => {
  expect(numberIn(text)).toBe(number);
});

test("without names the first column stands below, and every other column of numbers is a series", () => {
  const drawn = points([
    { month: "May", a: "1", b: "2", note: "x" },
    { month: "June", a: "3", b: "", note: "y" },
    { month: "July", a: "3", b: "5", note: "y" },
  ]);
  expect(drawn.points.map(({ x, series, y }) => [x, series, y])).toEqual([
    ["May", "a", 1],
    ["May", "b", 2],
    ["June", "a", 3],
    ["July", "a", 3],
    ["July", "b", 5],
  ]);
  expect(drawn).toMatchObject({ xKind: "names", hasSeries: true, xTitle: "month", yTitle: "" });
  expect(drawn.notes).toEqual(["Values left out because they are no numbers: 1."]);
});

test("a column may part the rows into series", () => {
  const rows = [
    { day: "2026-01-01", city: "北京", n: "1" },
    { day: "2026-01-01", city: "上海", n: "2" },
  ];
  const drawn = points(rows, { kind: "line", x: "Day", y: ["n"], series: "city" });
  expect(drawn.points.map(({ series }) => series)).toEqual(["北京", "上海"]);
  expect(drawn).toMatchObject({ xKind: "days", yTitle: "n", points: [{ x: Date.UTC(2026, 0, 1) }, {}] });
});

test.each([
  ["days of a month", ["2026/1/31", "2026年2月1日", "2026-02"], "days"],
  ["numbers", ["1", "2.5"], "numbers"],
  ["anything else", ["Q1", "2"], "names"],
])("below a line stand %s", (_what, values, kind) => {
  expect(
    points(
      values.map((x) => ({ x, y: "1" })),
      { kind: "line" },
    ).xKind,
  ).toBe(kind);
});

test.each([
  ["too many rows", Array.from({ length: 5_001 }, (_, n) => ({ x: String(n), y: "1" })), {}, "at most 5000"],
  ["too many bars", Array.from({ length: 101 }, (_, n) => ({ x: `n${n}`, y: "1" })), {}, "at most 100 fit"],
  ["too many slices", Array.from({ length: 25 }, (_, n) => ({ x: `n${n}`, y: "1" })), { kind: "pie" }, "at most 24"],
  ["a negative slice", [{ x: "a", y: "-1" }], { kind: "pie" }, "negative"],
  [
    "a column that is not there",
    [{ 月份: "a", 北京: "1" }],
    { x: "季度" },
    "no column 季度. The columns are: 月份, 北京.",
  ],
  ["no numbers", [{ x: "a", y: "b" }], {}, "No column but x holds numbers"],
  ["two columns and series", [{ x: "a", s: "b", y: "1", z: "2" }], { series: "s" }, "exactly one column"],
] as const)("%s is said", (_what, rows, more, why) => {
  expect(() => points(rows, more)).toThrow(why);
});
