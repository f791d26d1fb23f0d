// A model's reply as the steps it is committed as: the reply and the intents of the calls it asks for.

import type { Ids } from "../core/clock.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { RequestedCall } from "../core/model.ts";
import type { CallStep } from "../core/step.ts";
import type { NewReply } from "../core/store.ts";
import type { ReplyDone } from "./model-chain.ts";

const CALLS_PER_REPLY_MAX = 32;

export function toSteps({ reply, model, usd, durationMs }: ReplyDone, lead: string, role: string, ids: Ids): NewReply {
  return {
    reply: {
      kind: "reply",
      text: reply.text === "" ? "" : lead + reply.text,
      model,
      usage: reply.usage,
      ...(reply.stop === "length" && reply.text !== "" ? { isCut: true } : {}),
      ...(reply.replay ? { replay: reply.replay } : {}),
    },
    calls: reply.calls.slice(0, CALLS_PER_REPLY_MAX).map((call) => toCallStep(call, ids)),
    usage: { model, role, usage: reply.usage, usd, durationMs },
  };
}

function toCallStep(call: RequestedCall, ids: Ids): CallStep {
  const named = { kind: "call", id: ids.next("call"), name: call.name } as const;
  const args = parseArguments(call.argumentsText);
  if (args) return { ...named, arguments: args };
  const malformed = `The arguments are not a JSON object: ${call.argumentsText.slice(0, 300)}`;
  return { ...named, arguments: {}, malformed };
}

function parseArguments(text: string): JsonObject | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
