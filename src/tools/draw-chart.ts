// The tool that draws a chart of a table into a PNG of the workspace, for send_file to send.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { CHART_KINDS } from "./chart/chart-request.ts";
import { runChartWorker } from "./chart/run-chart-worker.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspace } from "./workspace/workspace.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const TABLE_CHARS_MAX = 1_000_000;
const FOLDER = "charts";

const column = z.string().trim().min(1).max(200);
const title = z.string().trim().max(200);
const Arguments = z.strictObject({
  kind: z.enum(CHART_KINDS),
  csv: z
    .string()
    .min(1)
    .max(TABLE_CHARS_MAX)
    .optional()
    .describe("The table itself, with a row of headings; or give `path`"),
  path: path.optional().describe("A CSV or TSV file of the workspace, such as attachments/sales.csv"),
  x: column.optional().describe("The column along the bottom, or of the slices' names; the first one if absent"),
  y: z.array(column).min(1).max(8).optional().describe("Columns of numbers; all others that hold numbers if absent"),
  series: column.optional().describe("A column that parts the rows into coloured series; then give one column in `y`"),
  title: title.optional(),
  xTitle: title.optional().describe("Below the axis; the column's name if absent"),
  yTitle: title.optional().describe("Beside the axis, with the unit"),
  name: z.string().trim().min(1).max(60).optional().describe("Of the picture's file, without an ending"),
});

export const createDrawChart = (workspaces: Workspaces): Tool => ({
  name: "draw_chart",
  description:
    "Draws a bar, line, pie or scatter chart of a table as a PNG in this conversation's workspace and returns its path; send it with " +
    "send_file. Give the table as `csv`, or as `path` where it is a file (files that people attach lie in attachments/).",
  // It reads no more of the workspace than sending does, and writes pictures into one folder of it.
  capabilities: ["chat.file"],
  carries: "file",
  isRepeatable: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session, signal }) => {
    const given = Arguments.parse(args);
    const workspace = await workspaces.of(session);
    const { x, y, series, xTitle, yTitle } = given;
    const request = { kind: given.kind, title: given.title ?? "", x, y, series, xTitle, yTitle };
    const chart = await runChartWorker({ ...request, table: await tableIn(given, workspace) }, signal);
    const file = `${FOLDER}/${fileName(given.name ?? given.title ?? given.kind)}.png`;
    await workspace.change(file, () => Buffer.from(chart.png));
    const size = `${chart.width} x ${chart.height} pixels, ${chart.png.length} bytes`;
    return [`Drew ${file} (${size}). Now send it with send_file.`, ...chart.notes].join(" ");
  },
});

async function tableIn({ csv, path }: z.infer<typeof Arguments>, workspace: Workspace): Promise<string> {
  if ((csv === undefined) === (path === undefined)) throw new Error("Give the table either as `csv` or as `path`.");
  if (path === undefined) return csv ?? "";
  const content = await workspace.read(path);
  const text = decoded(content);
  if (text.length > TABLE_CHARS_MAX) throw new Error(`${path} has more than ${TABLE_CHARS_MAX} characters.`);
  return text;
}

/** Spreadsheets in China often save tables in the national encoding. */
function decoded(content: Buffer): string {
  for (const encoding of ["utf-8", "gb18030"]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(content);
    } catch {
      // The next one.
    }
  }
  throw new Error("The file is no text.");
}

const fileName = (name: string): string =>
  [...name.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-")]
    .slice(0, 60)
    .join("")
    .replace(/^-+|-+$/g, "") || "chart";
