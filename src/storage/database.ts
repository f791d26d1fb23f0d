// The thin port under the store: SQL text in, rows out. Each engine implements it; the tables above it hold one SQL text for
// all engines (placeholders are `?`). No table or word of ours is known here.

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Transaction {
  /** Returns how many rows changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  get(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  all(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
}

export interface Database {
  /**
   * Runs the unit whole or not at all; resolves once it is durable. A unit must await nothing but its transaction: units
   * that arrive together share one commit, and a waiting one would hold all of them.
   */
  transaction<T>(label: string, unit: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Sees what is committed, never a transaction under way. */
  readonly read: Transaction;
  close(): Promise<void>;
}

/** For crash tests: called around each commit with the labels of the units in it. */
export type CommitHook = (moment: "before" | "after", labels: readonly string[]) => void;

export const text = (row: Row, column: string): string => String(row[column]);
export const number = (row: Row, column: string): number => Number(row[column]);
export const textOrNull = (row: Row, column: string): string | null => {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
};
export const numberOrNull = (row: Row, column: string): number | null => {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
};
