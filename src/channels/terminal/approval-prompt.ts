// Consent in the terminal: while a call waits for it, `y` consents and `n` refuses, with the rest of the line as the reason. Everything else
// that is typed is a message like any other; `/approve` and `/deny` decide a certain one.

import type { WireEvent } from "./wire-event.ts";

export interface ApprovalPrompt {
  /** Keeps what is open. */
  follow(event: WireEvent): void;
  /** The command that a typed line stands for, or the line itself. */
  read(line: string): string;
}

export const APPROVAL_HINT = "y consents, n refuses (n and a reason)";

const ANSWER = /^(?:(?<yes>y|yes|是|批准)|(?:n|no|否|拒绝)(?:\s+(?<reason>.{1,500}))?)$/is;

export function createApprovalPrompt(): ApprovalPrompt {
  /** The one that was asked for last is the one on the screen. */
  const open: string[] = [];
  return {
    follow: (event) => {
      if (event.type === "approval_requested") open.push(event.approvalId);
      if (event.type !== "approval_decided") return;
      const at = open.indexOf(event.approvalId);
      if (at >= 0) open.splice(at, 1);
    },
    read: (line) => {
      const answer = ANSWER.exec(line.trim());
      const id = open.at(-1);
      if (!answer || id === undefined) return line;
      const { yes, reason } = answer.groups ?? {};
      return yes === undefined ? `/deny ${id}${reason ? ` ${reason}` : ""}` : `/approve ${id}`;
    },
  };
}
