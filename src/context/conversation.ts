// Steps as the conversation a model is shown: a pure function of the transcript, so the same log gives the same bytes (P11).
// A reply takes its calls with their results from the log, so what is built here is well-formed whatever happened (P9).

import type { SessionKey } from "../core/message.ts";
import type { ConversationItem } from "../core/model.ts";
import type { CallStep, ReplyStep, SaidStep, Step } from "../core/step.ts";

const NO_RESULT = "No result is known for this call; it may or may not have run.";

/** How a line of a person is shown; in a conversation of several people each line names its speaker. */
export type Speak = (said: SaidStep) => string;

export function speakIn(session: SessionKey): Speak {
  const isShared = !session.startsWith("web:") && !session.startsWith("terminal:");
  return (said) => (isShared ? `${said.sender.name}: ${said.text}` : said.text);
}

export function toConversation(steps: readonly Step[], speak: Speak): readonly ConversationItem[] {
  const items: ConversationItem[] = [];
  for (let index = 0; index < steps.length; index += 1) {
    const body = steps[index]?.body;
    if (!body) continue;
    switch (body.kind) {
      case "said":
        items.push({ role: "person", text: speak(body), ...(body.images ? { images: body.images } : {}) });
        break;
      case "note":
        items.push({ role: "person", text: `[system note] ${body.text}` });
        break;
      case "end":
        items.push({ role: "person", text: `[system note] The request above ended as ${body.state}: ${body.text}` });
        break;
      case "reply":
        pushReply(items, body, callsAfter(steps, index));
        break;
      case "call":
        break;
    }
  }
  return items;
}

/** The calls of a reply follow it directly: they were written in its transaction. */
function callsAfter(steps: readonly Step[], replyIndex: number): readonly CallStep[] {
  const calls: CallStep[] = [];
  for (let index = replyIndex + 1; index < steps.length; index += 1) {
    const body = steps[index]?.body;
    if (body?.kind !== "call") break;
    calls.push(body);
  }
  return calls;
}

function pushReply(items: ConversationItem[], reply: ReplyStep, calls: readonly CallStep[]): void {
  const text = reply.text.trim();
  if (text === "" && calls.length === 0) return;
  items.push({
    role: "model",
    text,
    calls: calls.map((call) => ({
      id: call.id,
      name: call.name,
      arguments: call.arguments,
      result: call.result?.text ?? NO_RESULT,
      isError: call.result?.status !== "ok",
    })),
    ...(reply.replay ? { replay: reply.replay } : {}),
  });
}
