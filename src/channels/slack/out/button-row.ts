// Buttons under a message of ours. What they do and who may press them is in the ledger; here is only their look.

import type { ButtonKind, ShownButton } from "../../../core/button.ts";

const STYLES: Readonly<Record<ButtonKind, string>> = { stop: "danger", approve: "primary", deny: "danger" };

export const buttonRow = (buttons: readonly ShownButton[]) => ({
  type: "actions",
  elements: buttons.map(({ id, kind, label }) => ({
    ...{ type: "button", action_id: `signalbox:${kind}`, value: id, style: STYLES[kind] },
    text: { type: "plain_text", text: label.slice(0, LABEL_CHARS_MAX) },
  })),
});

const LABEL_CHARS_MAX = 75;
