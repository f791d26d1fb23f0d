// The whole text of a step as its reader by reference is given it; every offset into a step counts in this text.

import type { Step } from "./step.ts";

export function wholeText({ body }: Step): string {
  switch (body.kind) {
    case "call":
      return body.result?.whole ?? body.result?.text ?? "";
    default:
      return body.text;
  }
}
