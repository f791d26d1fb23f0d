// The thin port under the store: SQL text in, rows out. Each engine implements it; the tables above it hold one SQL text for
// all engines (placeholders are `?`). No table of ours is known here.

import type { Durability } from "../core/durability.ts";
import type { FreshEvent } from "../core/session-event.ts";

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statements {
  /** Returns how many rows changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  get(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  all(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
}

export interface Transaction extends Statements {
  /** Told to whoever follows once the commit is through; a unit that fails tells nothing. */
  tell(fresh: FreshEvent): void;
  /** What the unit still has to write, once it has done all else. */
  atEnd(write: () => Promise<void>): void;
}

export interface Database {
  /**
   * Runs the unit whole or not at all; resolves once it is durable. A unit must await nothing but its transaction: units
   * that arrive together share one commit, and a waiting one would hold all of them. Where one of them fails the others are run
   * again, so a unit changes nothing but through its transaction.
   */
  transaction<T>(
    label: string,
    unit: (transaction: Transaction) => Promise<T>,
    durability?: Durability,
    /** Told at the commit, when a power cut could still take it back. Must not throw. */
    committed?: (value: T) => void,
  ): Promise<T>;
  /** Sees what is committed, never a transaction under way. */
  readonly read: Statements;
  /** Tells what units told, commit by commit, before their promises resolve. Must not throw. */
  follow(listener: (fresh: readonly FreshEvent[]) => void): void;
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
