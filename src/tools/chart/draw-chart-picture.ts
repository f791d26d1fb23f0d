// A chart from its table to a PNG: Vega lays it out as SVG, resvg draws that with the glyphs it needs. Takes most of a second of a
// processor, so it has a thread of its own (chart-worker.ts).

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { parse, read, View } from "vega";
import { compile } from "vega-lite";
import { z } from "zod";
import { fontsFor } from "./chart-fonts.ts";
import { chartPoints, type Row } from "./chart-points.ts";
import type { Chart, ChartRequest } from "./chart-request.ts";
import { chartSpec, FONT } from "./chart-spec.ts";

/** For sharp letters on today's screens. */
const ZOOM = 2;
/** Stand in the SVG under other names. */
const MARKUP = "<>&\"'";
const COLUMNS_MAX = 200;
const DELIMITERS = [",", "\t", ";"] as const;

const rowsShape = z.array(z.record(z.string(), z.string().optional()));

export async function drawChartPicture(request: ChartRequest): Promise<Chart> {
  const { columns, rows } = tableOf(request.table);
  const drawn = chartPoints(columns, rows, request);
  const { spec } = compile(chartSpec(request, drawn));
  const view = new View(parse(spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  await initWasm(await readFile(createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm")));
  const fontBuffers = [...(await fontsFor(svg.replace(/<[^>]*>/g, "") + MARKUP))];
  const font = { fontBuffers, defaultFontFamily: FONT };
  const image = new Resvg(svg, { font, fitTo: { mode: "zoom", value: ZOOM } }).render();
  return { png: image.asPng(), width: image.width, height: image.height, notes: drawn.notes };
}

function tableOf(text: string): { readonly columns: readonly string[]; readonly rows: readonly Row[] } {
  const table = text.replace(/^\ufeff/, "").replace(/^\s*\n/, "");
  const [head = ""] = table.split("\n", 1);
  const count = (delimiter: string): number => head.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best));
  const rows = rowsShape.parse(read(table, { type: "dsv", delimiter }));
  const filled = rows.filter((row) => Object.values(row).some((value) => value !== undefined && value.trim() !== ""));
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length < 2) throw new Error("A chart needs a table with a row of headings and at least two columns.");
  if (columns.length > COLUMNS_MAX) throw new Error(`The table has more than ${COLUMNS_MAX} columns.`);
  return { columns, rows: filled };
}
