// Points as a picture's description in the grammar of Vega-Lite. Everything a person wrote is data or a title in it, never an
// expression.

import type { TopLevelSpec } from "vega-lite";
import type { ChartPoints } from "./chart-points.ts";
import type { ChartRequest } from "./chart-request.ts";

export const FONT = "Noto Sans SC";

const WIDTH = 720;
const HEIGHT = 420;
const PIE_SIDE = 400;
/** About what a character of a label takes; Chinese ones take twice of it. */
const CHAR_PX = 7;
const TILTED = -40;

const SCALES = {
  names: { type: "nominal" },
  numbers: { type: "quantitative", scale: { zero: false } },
  days: { type: "temporal", scale: { type: "utc" } },
} as const;

export function chartSpec({ kind, title }: ChartRequest, drawn: ChartPoints): TopLevelSpec {
  const frame = {
    background: "white",
    padding: 16,
    ...(title === "" ? {} : { title: { text: title, fontSize: 18, offset: 14 } }),
    config: {
      font: FONT,
      axis: { labelFontSize: 12, titleFontSize: 13, titlePadding: 8, gridColor: "#e5e7eb" },
      legend: { labelFontSize: 12, labelLimit: 300, symbolLimit: 30 },
      range: { category: { scheme: "tableau10" } },
      view: { stroke: null },
    },
  } satisfies Partial<TopLevelSpec>;
  return kind === "pie" ? { ...frame, ...pie(drawn) } : { ...frame, ...plane(kind, drawn) };
}

function plane(kind: Exclude<ChartRequest["kind"], "pie">, drawn: ChartPoints) {
  const { points, xKind, xTitle, yTitle, hasSeries } = drawn;
  const names = [...new Set(points.map(({ x }) => String(x)))];
  const isNames = xKind === "names";
  const isTight = isNames && names.reduce((sum, name) => sum + widthOf(name) + CHAR_PX, 0) > WIDTH;
  const x = {
    field: "x",
    sort: null,
    ...SCALES[xKind],
    axis: { title: xTitle, labelOverlap: true, ...(isNames ? { labelAngle: isTight ? TILTED : 0 } : {}) },
  } as const;
  const colour = { field: "series", type: "nominal", sort: null, legend: { title: null } } as const;
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: [...points] },
    mark: markOf(kind),
    encoding: {
      x,
      y: { field: "y", type: "quantitative", stack: null, axis: { title: yTitle } },
      ...(hasSeries ? { color: colour } : {}),
      ...(hasSeries && kind === "bar" ? { xOffset: { field: "series", type: "nominal", sort: null } as const } : {}),
    },
  } as const;
}

const markOf = (kind: "bar" | "line" | "scatter") =>
  kind === "line"
    ? ({ type: "line", point: true, strokeWidth: 2.5 } as const)
    : kind === "bar"
      ? ({ type: "bar" } as const)
      : ({ type: "point", filled: true, size: 60, opacity: 0.8 } as const);

function pie({ points }: ChartPoints) {
  const whole = points.reduce((sum, { y }) => sum + y, 0);
  const values = points.map(({ x, y }) => ({
    y,
    name: `${x}  ${whole === 0 ? 0 : Math.round((y / whole) * 1_000) / 10} %`,
  }));
  return {
    width: PIE_SIDE,
    height: PIE_SIDE,
    data: { values },
    mark: { type: "arc", stroke: "white" },
    encoding: {
      theta: { field: "y", type: "quantitative", stack: true },
      order: { field: "y", type: "quantitative", sort: "descending" },
      color: { field: "name", type: "nominal", sort: null, legend: { title: null } },
    },
  } as const;
}

const widthOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (character > "\u2e7f" ? 2 : 1) * CHAR_PX, 0);
