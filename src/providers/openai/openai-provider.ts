// The port to OpenAI and every server that speaks its chat completions (Ollama, vLLM, DeepSeek, LiteLLM, ...). Does no
// retrying, reads no environment, and has no deadlines of its own: they arrive through the signal.

import type { OpenAI } from "openai";
import type { ModelProvider, ModelRequest } from "../../core/model.ts";
import { leanFetch } from "../../lib/lean-fetch.ts";
import { vendorFailureOf } from "../shared/provider-failure.ts";
import { requestText } from "../shared/request-text.ts";
import { roughInputTokens } from "../shared/rough-tokens.ts";
import { streamReply } from "../shared/stream-reply.ts";
import { OpenAiReplyReader } from "./from-openai-stream.ts";
import { firstDialect, nextDialect, OPENAI_BASE_URL, type OpenAiDialect } from "./openai-dialect.ts";
import { toOpenAiRequest } from "./to-openai-request.ts";

const DIALECTS_MAX = 200;
/** A body that is text is sent as it is. */
const JSON_HEADERS = { "content-type": "application/json" };
/** The longest a timer can be. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

export interface OpenAiProviderOptions {
  /** The name in `provider/model`, and whose replays are sent back. */
  readonly name: string;
  /** May be empty: local servers need none. */
  readonly apiKey: string;
  readonly baseUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
}

export function createOpenAiProvider(options: OpenAiProviderOptions): ModelProvider {
  const { name, apiKey, baseUrl = OPENAI_BASE_URL } = options;
  const dialects = new Map<string, OpenAiDialect>();
  let loading: Promise<OpenAI> | undefined;

  const open = async (request: ModelRequest, signal: AbortSignal): Promise<Response> => {
    loading ??= createClient(options, baseUrl);
    const client = await loading;
    let dialect = dialects.get(request.model) ?? firstDialect(baseUrl);
    for (;;) {
      const body = requestText(toOpenAiRequest(request, { provider: name, dialect }));
      try {
        const response = await client.post("/chat/completions", { body, headers: JSON_HEADERS, signal }).asResponse();
        if (dialects.size < DIALECTS_MAX) dialects.set(request.model, dialect);
        return response;
      } catch (thrown) {
        const failure = vendorFailureOf(thrown);
        const next = failure && nextDialect(dialect, failure);
        if (!next) throw thrown;
        dialect = next;
      }
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
        createReader: () => new OpenAiReplyReader(name, () => roughInputTokens(request)),
      }),
  };
}

/** Loaded at the first request: the SDK costs a quarter of a second, which a start should not pay. */
async function createClient({ apiKey, fetch = leanFetch }: OpenAiProviderOptions, baseURL: string): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    // What is left out the SDK would take from the environment, and it refuses to go without a key.
    apiKey: apiKey || "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL,
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    logLevel: "off",
    fetch,
  });
}
