// A log that keeps its lines, so that a test can see what an operator would.

import type { Log, LogFields } from "../../../../src/core/log.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: LogFields;
}

export class MemoryLog implements Log {
  readonly lines: LogLine[];
  readonly #fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug = (event: string, fields?: LogFields): void => this.#add("debug", event, fields);
  info = (event: string, fields?: LogFields): void => this.#add("info", event, fields);
  warn = (event: string, fields?: LogFields): void => this.#add("warn", event, fields);
  error = (event: string, fields?: LogFields): void => this.#add("error", event, fields);
  child = (fields: LogFields): MemoryLog => new MemoryLog(this.lines, { ...this.#fields, ...fields });

  #add(level: LogLine["level"], event: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, fields: { ...this.#fields, ...fields } });
  }
}
