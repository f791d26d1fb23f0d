// What a chart is drawn from, and what comes of it.

export const CHART_KINDS = ["bar", "line", "pie", "scatter"] as const;

export interface ChartRequest {
  readonly kind: (typeof CHART_KINDS)[number];
  /** CSV, TSV or the like, with a row of headings. */
  readonly table: string;
  readonly title: string;
  /** Headings; absent: the first column, and all other columns of numbers. */
  readonly x: string | undefined;
  readonly y: readonly string[] | undefined;
  /** The column whose values part the rows into series. */
  readonly series: string | undefined;
  readonly xTitle: string | undefined;
  readonly yTitle: string | undefined;
}

export interface Chart {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** What became of the table, in sentences. */
  readonly notes: readonly string[];
}
