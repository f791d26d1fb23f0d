// What a part of the bench hands back, and how it is printed: an aligned table, what its numbers mean, the aims beside them.

export interface Aim {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the columns mean, and how they were measured. */
  readonly notes: readonly string[];
  readonly aims: readonly Aim[];
  /** Everything that was measured, for the JSON. */
  readonly figures: unknown;
  /** A promise was broken, not an aim missed. */
  readonly violations?: readonly string[];
}

export function partLines({ title, columns, rows, notes, violations = [] }: Part): readonly string[] {
  return [
    "",
    title,
    ...tableLines([columns, ...rows]).map((line) => `  ${line}`),
    ...notes.map((note) => `  - ${note}`),
    ...violations.map((violation) => `  VIOLATION ${violation}`),
  ];
}

export function aimLines(parts: readonly Part[]): readonly string[] {
  const rows = parts.flatMap(({ aims }) =>
    aims.map((aim) => [aim.what, aim.wanted, aim.measured, aim.isMet ? "met" : "MISSED"]),
  );
  if (rows.length === 0) return [];
  return ["", "aims", ...tableLines([["what", "aim", "measured", ""], ...rows]).map((line) => `  ${line}`)];
}

/** The first column to the left, numbers to the right. */
function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const [head = "", ...body] = lines;
  return [head, "-".repeat(head.length), ...body];
}
