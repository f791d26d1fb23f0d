// Charts as people get them: a picture that can be opened, of the size that was said, with all its labels on it, Chinese ones too.

import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { createDrawChart } from "../../../src/tools/draw-chart.ts";
import { decodePng, inkIn } from "../../support/decode-png.ts";
import { contextFor, runTool, workspacesForTests } from "../workspace/workspace-for-tests.ts";

const SALES = '月份,北京,上海\n一月,3,4\n二月,5,2\n三月,"1,234",900\n';
/** Characters that no font holds: where they stand nothing is drawn. */
const NOTHING = "\u{e000}\u{e001}";
const TITLE_ROWS = [0, 60] as const;

function bench() {
  const { workspaces, remove } = workspacesForTests();
  const tool = createDrawChart(workspaces);
  const draw = async (args: JsonObject) => {
    const said = await runTool(tool, args);
    const path = /^Drew (\S+) /.exec(said)?.[1] ?? "";
    const [, width, height] = /\((\d+) x (\d+) pixels/.exec(said) ?? [];
    const png = await (await workspaces.of("web:test")).read(path);
    return { said, path, width: Number(width), height: Number(height), pixels: decodePng(png) };
  };
  return { workspaces, tool, draw, [Symbol.dispose]: remove };
}

/** Drawing takes a second of a processor: what many tests look at is drawn once. */
describe("a chart", () => {
  const drawn: Record<string, Awaited<ReturnType<ReturnType<typeof bench>["draw"]>>> = {};
  beforeAll(async () => {
    using table = bench();
    drawn.各地销量 = await table.draw({ kind: "bar", csv: SALES, title: "各地销量", name: "sales" });
    drawn[NOTHING] = await table.draw({ kind: "scatter", csv: "身高\t体重\n1.5\t50\n1.7\t70\n", title: NOTHING });
  }, 120_000);

  test("is a picture of the size that was said, and not blank", () => {
    const chart = drawn.各地销量;
    expect(chart?.path).toBe("charts/sales.png");
    expect([chart?.pixels.width, chart?.pixels.height]).toEqual([chart?.width, chart?.height]);
    expect(chart?.width).toBeGreaterThan(1_000);
    expect(chart && inkIn(chart.pixels)).toBeGreaterThan(20_000);
  });

  test("of another kind is drawn, too", () => {
    const scatter = drawn[NOTHING];
    expect(scatter && inkIn(scatter.pixels)).toBeGreaterThan(2_000);
  });

  test("has its Chinese title on it", () => {
    const [named, unnamed] = [drawn.各地销量, drawn[NOTHING]].map((chart) =>
      chart ? inkIn(chart.pixels, TITLE_ROWS) : 0,
    );
    expect(unnamed).toBe(0);
    expect(named).toBeGreaterThan(500);
  });

  test("has its labels and legend on it", () => {
    const chart = drawn.各地销量;
    if (!chart) throw new Error("nothing was drawn");
    // Below the axis there is nothing but letters.
    expect(inkIn(chart.pixels, [chart.height - 100, chart.height - 20])).toBeGreaterThan(400);
  });
});

test.each([
  ["line", "日期,访问\n2026-01-01,10\n2026-01-02,14\n2026-02-01,30\n"],
  ["pie", "部门;预算\n研发;1200\n市场;300\n行政;90\n"],
])(
  "a %s chart is drawn",
  async (kind, csv) => {
    using table = bench();
    const chart = await table.draw({ kind, csv });
    expect(inkIn(chart.pixels)).toBeGreaterThan(2_000);
  },
  120_000,
);

test("a file in the national encoding is read, and a second chart of a name keeps the first as a version", async () => {
  using table = bench();
  const workspace = await table.workspaces.of("web:test");
  // 月,量 \n 五,3 \n 五,4 \n 六,- in GB 18030.
  await workspace.change("attachments/a.csv", () => Buffer.from("d4c22cc1bf0acee52c330acee52c340ac1f92c2d0a", "hex"));
  const chart = await table.draw({ kind: "bar", path: "attachments/a.csv", y: ["量"], title: "五月 / 六月" });
  expect(chart.path).toBe("charts/五月-六月.png");
  expect(chart.said).toContain(
    "Values left out because they are no numbers: 1. Values under the same name were added up.",
  );
  expect(await workspace.versions(chart.path)).toHaveLength(1);
}, 120_000);

test.each([
  ["no table", {}, "either as `csv` or as `path`"],
  ["two tables", { csv: SALES, path: "a.csv" }, "either as `csv` or as `path`"],
  ["a file outside", { path: "../a.csv" }, "must not hold"],
  ["no rows", { csv: "a,b\n" }, "at least two columns"],
])(
  "%s is said, and nothing is drawn",
  async (_what, args, why) => {
    using table = bench();
    await expect(table.draw({ kind: "bar", ...args })).rejects.toThrow(why);
  },
  60_000,
);

test("a task that is stopped draws no further", async () => {
  using table = bench();
  const stopping = new AbortController();
  const drawing = table.tool.run({ kind: "bar", csv: SALES }, contextFor({ signal: stopping.signal }));
  stopping.abort(new Error("stopped"));
  await expect(drawing).rejects.toThrow("stopped");
});
