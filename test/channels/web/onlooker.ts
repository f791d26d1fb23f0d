// Who reads a session's wire events and puts the text together by nothing but the contract's words.

import type { WireEvent } from "../../../src/channels/web/event-reader.ts";

export interface Assembled {
  /** The text of each reply that was completed. */
  readonly committed: readonly string[];
  /** The text that is being written. */
  readonly open: string;
}

export function assemble(events: readonly Pick<WireEvent, "type" | "fields">[]): Assembled {
  const committed: string[] = [];
  let open = "";
  let writing: unknown;
  for (const { type, fields } of events) {
    switch (type) {
      case "text_delta":
        writing = fields.taskId;
        open += String(fields.text);
        break;
      case "text_end":
        committed.push(open);
        open = "";
        break;
      case "text_reset":
      case "execution_start":
        open = "";
        break;
      case "execution_complete":
        // Another task of the line may end, stopped before it began, while this one is writing.
        if (fields.taskId === writing) open = "";
        break;
    }
  }
  return { committed, open };
}
