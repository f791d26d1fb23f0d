// Shows a reply while it is written, and sees to it that no text is shown twice when a try breaks off and another begins: the
// new try stays hidden as long as it repeats what is shown; where it differs, what was shown is voided first.

import type { TextSink } from "./model-chain.ts";

export interface DraftPort {
  show(text: string): void;
  /** What was shown is void, durably; text starts again. */
  void(): Promise<void>;
}

export interface DraftWriter extends TextSink {
  /** The reply is complete: what is shown equals this text from its start. */
  finish(text: string): Promise<void>;
}

/** `lead` goes before the first text: what parts this reply from the one before. */
export function createDraftWriter(port: DraftPort, lead: string): DraftWriter {
  let shown = "";
  let attempt = "";
  /** The try stands where the shown text ends: its words are shown as they come, without looking at all before them. */
  let isLevel = true;

  async function follow(): Promise<void> {
    if (attempt.startsWith(shown)) {
      const more = attempt.slice(shown.length);
      if (more !== "") port.show(shown === "" ? lead + more : more);
    } else if (shown.startsWith(attempt)) return;
    else {
      await port.void();
      port.show(lead + attempt);
    }
    shown = attempt;
    isLevel = true;
  }

  return {
    write: async (text) => {
      if (text === "") return;
      attempt += text;
      if (!isLevel) return follow();
      port.show(shown === "" ? lead + text : text);
      shown = attempt;
    },
    restart: () => {
      attempt = "";
      isLevel = shown === "";
    },
    finish: async (text) => {
      attempt = text;
      if (text.length < shown.length) {
        await port.void();
        shown = "";
      }
      await follow();
    },
  };
}
