// What is wrong with a custom tool's file, and where.

export class ToolFault extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** Where a module's own line is named: `.../days_between.ts?edit=3:12`. */
const MODULE_LINE = /\.ts\?edit=\d+:(\d+)/;

/** Any thrown thing as a fault, with the line if it tells one and without the place of the folder. */
export function toolFaultFrom(thrown: unknown, folder: string): ToolFault {
  if (thrown instanceof ToolFault) return thrown;
  if (!(thrown instanceof Error)) return new ToolFault(String(thrown));
  const line = MODULE_LINE.exec(thrown.stack ?? "")?.[1];
  const message = thrown.message.replaceAll(folder, "tools").replaceAll(/\?edit=\d+/g, "");
  return new ToolFault(message, line === undefined ? undefined : Number(line));
}
