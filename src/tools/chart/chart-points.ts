// From the rows of a table to what is drawn: numbers read as people write them, columns that are not there named with those that
// are, so much and no more. Pure.

import type { ChartRequest } from "./chart-request.ts";

export type Row = Readonly<Record<string, string | undefined>>;

export interface Point {
  readonly x: string | number;
  readonly y: number;
  readonly series: string;
}

export interface ChartPoints {
  readonly points: readonly Point[];
  readonly xKind: "names" | "numbers" | "days";
  readonly xTitle: string;
  readonly yTitle: string;
  readonly hasSeries: boolean;
  readonly notes: readonly string[];
}

const ROWS_MAX = 5_000;
const POINTS_MAX = 10_000;
const NAMES_MAX = 100;
const SLICES_MAX = 24;
const SERIES_MAX = 12;
const COLUMNS_MAX = 8;
const LABEL_CHARS_MAX = 60;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const DAY = /^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?$/;

/** "1,234.5", "¥3 400", "12 %", "−7"; undefined where there is no number. */
export function numberIn(text: string | undefined): number | undefined {
  const bare = (text ?? "")
    .normalize("NFKC")
    .replace(/[\s,'_¥$€£%元]/g, "")
    .replace("−", "-");
  return NUMBER.test(bare) ? Number(bare) : undefined;
}

export function chartPoints(columns: readonly string[], rows: readonly Row[], request: ChartRequest): ChartPoints {
  if (rows.length === 0) throw new Error("The table has no rows below its headings.");
  if (rows.length > ROWS_MAX)
    throw new Error(`The table has ${rows.length} rows; at most ${ROWS_MAX} are drawn. Sum it up first.`);
  const x = columnOf(columns, request.x) ?? columns[0] ?? "";
  const split = columnOf(columns, request.series);
  const ys = (request.y ?? numberColumns(columns, rows, [x, split])).map((name) => columnOf(columns, name) ?? name);
  if (ys.length === 0) throw new Error(`No column but ${x} holds numbers. The columns are: ${columns.join(", ")}.`);
  if (ys.length > COLUMNS_MAX) throw new Error(`At most ${COLUMNS_MAX} columns are drawn; name them in \`y\`.`);
  if (split !== undefined && ys.length > 1)
    throw new Error("With `series` exactly one column of numbers is drawn: name it in `y`.");
  if (request.kind === "pie" && (ys.length > 1 || split !== undefined))
    throw new Error("A pie shows one column of numbers, without `series`.");

  const notes: string[] = [];
  let left = 0;
  const found: Point[] = [];
  for (const row of rows) {
    for (const column of ys) {
      const y = numberIn(row[column]);
      if (y === undefined) left += 1;
      else found.push({ x: label(row[x]), y, series: split === undefined ? column : label(row[split]) });
    }
  }
  if (found.length === 0) throw new Error(`There is not one number in ${ys.join(", ")}.`);
  if (found.length > POINTS_MAX) throw new Error(`These are ${found.length} values; at most ${POINTS_MAX} are drawn.`);
  if (left > 0) notes.push(`Values left out because they are no numbers: ${left}.`);

  const named = withKindOfX(request.kind, found);
  const points =
    named.xKind === "names" && request.kind !== "line" && request.kind !== "scatter"
      ? summed(named.points, notes)
      : named.points;
  const series = new Set(points.map((point) => point.series)).size;
  if (series > SERIES_MAX) throw new Error(`These are ${series} series; at most ${SERIES_MAX} can be told apart.`);
  const names = new Set(points.map((point) => point.x)).size;
  const namesMax = request.kind === "pie" ? SLICES_MAX : NAMES_MAX;
  if (named.xKind === "names" && names > namesMax)
    throw new Error(`${x} has ${names} different values; at most ${namesMax} fit. Sum them up, or show the largest.`);
  if (request.kind === "pie" && points.some(({ y }) => y < 0)) throw new Error("A pie cannot show a negative number.");
  return {
    points,
    xKind: named.xKind,
    xTitle: request.xTitle ?? x,
    yTitle: request.yTitle ?? (ys.length === 1 ? (ys[0] ?? "") : ""),
    hasSeries: split !== undefined || ys.length > 1,
    notes,
  };
}

function columnOf(columns: readonly string[], asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined;
  const plain = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
  const found = columns.find((name) => name === asked) ?? columns.find((name) => plain(name) === plain(asked));
  if (found === undefined) throw new Error(`There is no column ${asked}. The columns are: ${columns.join(", ")}.`);
  return found;
}

const numberColumns = (
  columns: readonly string[],
  rows: readonly Row[],
  others: readonly (string | undefined)[],
): readonly string[] =>
  columns.filter(
    (name) =>
      !others.includes(name) && rows.filter((row) => numberIn(row[name]) !== undefined).length * 2 > rows.length,
  );

const label = (text: string | undefined): string => {
  const shown = [...(text ?? "").trim()];
  return shown.length > LABEL_CHARS_MAX ? `${shown.slice(0, LABEL_CHARS_MAX - 1).join("")}…` : shown.join("");
};

/** A line and a cloud of points have a scale below them where they can. */
function withKindOfX(kind: ChartRequest["kind"], points: readonly Point[]): Pick<ChartPoints, "points" | "xKind"> {
  const texts = points.map(({ x }) => String(x));
  const at = (values: readonly (number | undefined)[]): readonly Point[] =>
    points.map((point, index) => ({ ...point, x: values[index] ?? 0 }));
  if (kind === "line" || kind === "scatter") {
    const days = texts.map(dayIn);
    if (days.every((day) => day !== undefined)) return { points: at(days), xKind: "days" };
    const numbers = texts.map(numberIn);
    if (numbers.every((number) => number !== undefined)) return { points: at(numbers), xKind: "numbers" };
  }
  return { points, xKind: "names" };
}

function dayIn(text: string): number | undefined {
  const [, year, month, day = "1"] = DAY.exec(text) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day));
}

/** What stands twice under one name is one bar, one slice. */
function summed(points: readonly Point[], notes: string[]): readonly Point[] {
  const byName = new Map<string, Point>();
  for (const point of points) {
    const name = JSON.stringify([point.x, point.series]);
    byName.set(name, { ...point, y: (byName.get(name)?.y ?? 0) + point.y });
  }
  if (byName.size < points.length) notes.push("Values under the same name were added up.");
  return [...byName.values()];
}
