// Logging with pino: one JSON line an event, readable lines on a terminal; every line passes the redactor before it leaves.

import { pino } from "pino";
import pretty from "pino-pretty";
import type { Redact } from "./redact.ts";

export interface LineLog {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
  child(fields: Readonly<Record<string, unknown>>): LineLog;
}

export interface LineLogOptions {
  readonly level: string;
  readonly isPretty: boolean;
  readonly isColoured: boolean;
  readonly redact: Redact;
  /** Takes a finished line. */
  readonly write: (line: string) => void;
}

export function createLineLog({ level, isPretty, isColoured, redact, write }: LineLogOptions): LineLog {
  const readable = isPretty
    ? pretty.prettyFactory({ colorize: isColoured, ignore: "pid,hostname", singleLine: true })
    : undefined;
  const stream = {
    write: (line: string): void => {
      const clean = redact(line);
      write(readable ? String(readable(clean)) : clean);
    },
  };
  const options = {
    level,
    base: null,
    serializers: { error: pino.stdSerializers.errWithCause },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return wrap(pino(options, stream));
}

function wrap(logger: pino.Logger): LineLog {
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
    child: (fields) => wrap(logger.child(fields)),
  };
}
