// How many tokens a request has before it is sent: texts by their features, images by their size, and what the vendors add
// around each message, call and result. An estimate alone.

import type { ConversationItem, ModelRequest, ToolDefinition, VendorReplay } from "../core/model.ts";
import { imageTokens } from "./image-tokens.ts";
import { estimateTokens } from "./token-estimate.ts";
import type { TokenFamily } from "./token-family.ts";

/** What stands around a thing on the wire. */
const MESSAGE_TOKENS = 4;
const CALL_TOKENS = 8;
const RESULT_TOKENS = 6;
/** The vendor's own words on how to use tools, once a request: the most of what its models take. */
const TOOL_GUIDE_TOKENS: Readonly<Record<TokenFamily, number>> = {
  o200k: 16,
  cl100k: 16,
  "claude-3": 500,
  "claude-4.7": 675,
};
/** A sealed string (a signature) stands for thinking that is shorter than itself. */
const SEALED = /^[\w+/=-]{200,}$/;
const SEALED_CHARS_A_TOKEN = 4;
const REPLAY_DEPTH_MAX = 8;

/** A request as numbers. `items` has one for each item, in their order. */
export interface RequestWeight {
  /** System prompt and tools: what stands before the items. */
  readonly fixed: number;
  readonly items: readonly number[];
}

type Countable = Pick<ModelRequest, "system" | "tools" | "items">;
type ModelItem = Extract<ConversationItem, { role: "model" }>;

export function weighRequest({ system, tools, items }: Countable, family: TokenFamily): RequestWeight {
  return {
    fixed: (system === "" ? 0 : estimateTokens(system, family) + MESSAGE_TOKENS) + toolTokens(tools, family),
    items: items.map((item) => itemTokens(item, family)),
  };
}

export function requestTokens(request: Countable, family: TokenFamily): number {
  const { fixed, items } = weighRequest(request, family);
  return items.reduce((sum, tokens) => sum + tokens, fixed);
}

export function toolTokens(tools: readonly ToolDefinition[], family: TokenFamily): number {
  if (tools.length === 0) return 0;
  return tools.reduce(
    (sum, { name, description, parameters }) =>
      sum + estimateTokens(JSON.stringify({ name, description, parameters }), family),
    TOOL_GUIDE_TOKENS[family],
  );
}

export function itemTokens(item: ConversationItem, family: TokenFamily): number {
  const text = MESSAGE_TOKENS + estimateTokens(item.text, family);
  if (item.role === "person") {
    return (item.images ?? []).reduce((sum, image) => sum + imageTokens(image, family), text);
  }
  return text + callTokens(item, family) + (item.replay ? replayTokens(item.replay, item.text, family) : 0);
}

function callTokens({ calls }: ModelItem, family: TokenFamily): number {
  return calls.reduce(
    (sum, call) =>
      sum +
      CALL_TOKENS +
      estimateTokens(call.name, family) +
      estimateTokens(JSON.stringify(call.arguments), family) +
      RESULT_TOKENS +
      estimateTokens(call.result, family),
    0,
  );
}

/** The strings of it, whatever a vendor calls them; what the reply says itself is counted once. */
function replayTokens({ content }: VendorReplay, text: string, family: TokenFamily): number {
  const count = (value: unknown, depth: number): number => {
    if (typeof value === "string") return text.includes(value.trim()) ? 0 : stringTokens(value, family);
    if (typeof value !== "object" || value === null || depth > REPLAY_DEPTH_MAX) return 0;
    return Object.values(value).reduce((sum: number, inner: unknown) => sum + count(inner, depth + 1), 0);
  };
  return count(content, 0);
}

const stringTokens = (value: string, family: TokenFamily): number =>
  SEALED.test(value) ? Math.ceil(value.length / SEALED_CHARS_A_TOKEN) : estimateTokens(value, family);
