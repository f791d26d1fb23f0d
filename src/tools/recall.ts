// The tool that reads back, by reference, any stored step of this conversation or the whole of a long tool result.

import type { SessionKey } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import type { Tool } from "../core/tool.ts";

const PIECE_CHARS_MAX = 12_000;
const REFERENCE = /^([A-Za-z0-9_-]{1,80})\.(\d{1,9})$/;

/** Finds a step of this session only: another conversation's reference finds nothing. */
export type FindStep = (session: SessionKey, task: string, n: number) => Promise<Step | undefined>;

export function createRecall(findStep: FindStep): Tool {
  return {
    name: "recall",
    description:
      "Reads back a stored step of this conversation, or the rest of a tool result that was shortened, by its reference. " +
      "Returns a piece; call again with a larger offset for more.",
    capabilities: [],
    isRepeatable: true,
    isParallel: true,
    parameters: {
      type: "object",
      properties: {
        reference: { type: "string", description: "The reference given with the shortened result, e.g. task_abc.4" },
        offset: { type: "integer", minimum: 0, description: "The first character to read" },
      },
      required: ["reference"],
      additionalProperties: false,
    },
    run: async (args, { session }) => {
      const match = REFERENCE.exec(String(args.reference));
      const step = match?.[1] ? await findStep(session, match[1], Number(match[2])) : undefined;
      if (!step) throw new Error(`Nothing is stored under ${String(args.reference)} in this conversation.`);
      const offset = typeof args.offset === "number" ? args.offset : 0;
      const text = wholeText(step);
      const piece = text.slice(offset, offset + PIECE_CHARS_MAX);
      const left = Math.max(0, text.length - offset - piece.length);
      return left > 0 ? `${piece}\n[${left} more characters; next offset ${offset + piece.length}]` : piece;
    },
  };
}

function wholeText({ body }: Step): string {
  switch (body.kind) {
    case "call":
      return body.result?.whole ?? body.result?.text ?? "";
    case "said":
      return `${body.sender.name}: ${body.text}`;
    default:
      return body.text;
  }
}
