// A task that waited, while others in its conversation were answered, goes on below them: its request and its calls stand far
// above, or behind a compaction. So the model is told what it goes on with, before it is asked again.

import { speakIn } from "../context/conversation.ts";
import { headAndTail } from "../context/view.ts";
import { type NoteStep, type Step, stepReference } from "../core/step.ts";

const REQUEST_CHARS_MAX = 2_000;
const ARGUMENT_CHARS_MAX = 200;

const short = (text: string, chars: number): string => headAndTail(text, chars, (left) => ` [... ${left} characters] `);

/** Undefined where nobody spoke in between. `mine`: the task's own steps; `lastShown`: the last step of the conversation. */
export function resumedRequest(mine: readonly Step[], lastShown: Step | undefined): NoteStep | undefined {
  const last = mine.at(-1);
  if (last?.body.kind !== "call" || lastShown === undefined || lastShown.task === last.task) return undefined;
  const speak = speakIn(last.session);
  const said = mine.flatMap(({ body }) => (body.kind === "said" && !body.isFiles ? [speak(body)] : []));
  const request = short(said.join("\n"), REQUEST_CHARS_MAX);
  const replyAt = mine.findLastIndex(({ body }) => body.kind === "reply");
  const calls = mine.slice(replyAt + 1).flatMap(callLine);
  const text = [
    "Here the work on an earlier request goes on, which had to wait. It was:",
    JSON.stringify(request),
    "What became of the calls it waited for:",
    ...calls,
  ].join("\n");
  return { kind: "note", text, request };
}

/** The result itself stays where it is: what a tool returned is no note of ours. */
function callLine({ task, n, body }: Step): readonly string[] {
  if (body.kind !== "call") return [];
  const asked = short(JSON.stringify(body.arguments), ARGUMENT_CHARS_MAX);
  const status = body.result?.status ?? "unknown";
  return [`- ${body.name} ${asked}: ${status}; recall {"reference":"${stepReference(task, n)}"} reads the result`];
}
