// The port to Anthropic's messages API and servers that copy it. Does no retrying, reads no environment, and has no deadlines
// of its own: they arrive through the signal.

import type { Anthropic } from "@anthropic-ai/sdk";
import type { ModelProvider, ModelRequest } from "../../core/model.ts";
import { leanFetch } from "../../lib/lean-fetch.ts";
import { vendorFailureOf } from "../shared/provider-failure.ts";
import { requestText } from "../shared/request-text.ts";
import { roughInputTokens } from "../shared/rough-tokens.ts";
import { streamReply } from "../shared/stream-reply.ts";
import { isThinking } from "./anthropic-thinking.ts";
import { AnthropicReplyReader } from "./from-anthropic-stream.ts";
import { toAnthropicRequest } from "./to-anthropic-request.ts";

const ANTHROPIC_BASE_URL = "https://api.anthropic.com";
/** The longest a timer can be. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;
const REMEMBERED_MAX = 1_000;
/** A body that is text is sent as it is. */
const JSON_HEADERS = { "content-type": "application/json" };

export interface AnthropicProviderOptions {
  /** The name in `provider/model`, and whose replays are sent back. */
  readonly name: string;
  readonly apiKey: string;
  readonly baseUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
}

export function createAnthropicProvider(options: AnthropicProviderOptions): ModelProvider {
  const { name, apiKey } = options;
  /** Conversations whose thinking the vendor refused, so that not every request is sent twice. */
  const withoutThinking = new Set<string>();
  let loading: Promise<Anthropic> | undefined;

  const send = async (request: ModelRequest, hasThinkingBack: boolean, signal: AbortSignal): Promise<Response> => {
    loading ??= createClient(options);
    const client = await loading;
    const body = requestText(toAnthropicRequest(request, { provider: name, hasThinkingBack }));
    // Not client.messages: it prints to the console about models near their end, and its stream hides the pings that tell
    // a thinking model from a dead one.
    return client
      .post("/v1/messages", { body, headers: JSON_HEADERS, signal, stream: true, timeout: NO_TIMEOUT_MS })
      .asResponse();
  };

  const open = async (request: ModelRequest, signal: AbortSignal): Promise<Response> => {
    const hasThinkingBack = !withoutThinking.has(request.cacheKey);
    try {
      return await send(request, hasThinkingBack, signal);
    } catch (thrown) {
      // Newer models bind thinking to all that stood before it (system, tools, messages). After a live edit or a compaction
      // it is void, and the one way on is the same request without it: a refusal of our wording, not of the request.
      if (!hasThinkingBack || !isAboutThinking(thrown) || !hasThinking(request, name)) throw thrown;
      const response = await send(request, false, signal);
      remember(withoutThinking, request.cacheKey);
      return response;
    }
  };

  return {
    name,
    stream: (request, signal) =>
      streamReply({
        provider: name,
        signal,
        secrets: [apiKey],
        open: (combined) => open(request, combined),
        createReader: () => new AnthropicReplyReader(name, () => roughInputTokens(request)),
      }),
  };
}

function isAboutThinking(thrown: unknown): boolean {
  const failure = vendorFailureOf(thrown);
  return failure?.status === 400 && /thinking/i.test(failure.message) && /block|signature/i.test(failure.message);
}

const hasThinking = (request: ModelRequest, provider: string): boolean =>
  toAnthropicRequest(request, { provider, hasThinkingBack: true }).messages.some(
    ({ content }) => typeof content !== "string" && content.some((block) => isThinking(block.type)),
  );

function remember(keys: Set<string>, key: string): void {
  const [oldest] = keys;
  if (keys.size >= REMEMBERED_MAX && oldest !== undefined) keys.delete(oldest);
  keys.add(key);
}

/** Loaded at the first request: the SDK costs a quarter of a second, which a start should not pay. */
async function createClient(options: AnthropicProviderOptions): Promise<Anthropic> {
  const { apiKey, baseUrl = ANTHROPIC_BASE_URL, fetch = leanFetch } = options;
  const { Anthropic } = await import("@anthropic-ai/sdk");
  return new Anthropic({
    // What is left out the SDK would take from the environment.
    apiKey,
    webhookKey: null,
    // The SDK adds the version itself; most other tools want it in the address.
    baseURL: baseUrl.replace(/\/v1\/?$/, ""),
    // The SDK sends the key as a bearer; servers that copy the API still look for it where it used to stand.
    ...(isAnthropic(baseUrl) ? {} : { defaultHeaders: { "x-api-key": apiKey } }),
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    logLevel: "off",
    openTelemetry: false,
    fetch,
  });
}

const isAnthropic = (baseUrl: string): boolean => /^(.+\.)?anthropic\.com$/.test(URL.parse(baseUrl)?.hostname ?? "");
