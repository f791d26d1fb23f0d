import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/core/errors.ts";
import type { ModelProvider } from "../../src/core/model.ts";
import { createAnthropicProvider } from "../../src/providers/anthropic/anthropic-provider.ts";
import { createOpenAiProvider } from "../../src/providers/openai/openai-provider.ts";
import { retryAfterMsFrom } from "../../src/providers/shared/provider-failure.ts";
import { type Outcome, outcomeOf } from "./provider-contract.ts";
import { answersJson, startWireServer, type WireServer } from "./wire-server.ts";

const KEY = "sk-proj-AbCdEf1234567890AbCdEf1234567890";

type Create = (options: {
  name: string;
  apiKey: string;
  baseUrl: string;
  fetch?: typeof globalThis.fetch;
}) => ModelProvider;
const vendors: readonly [string, Create][] = [
  ["openai", createOpenAiProvider],
  ["anthropic", createAnthropicProvider],
];

async function failing(
  create: Create,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome & { asked: number }> {
  await using server: WireServer = await startWireServer(answersJson(status, body, headers));
  const outcome = await outcomeOf(create({ name: "vendor", apiKey: KEY, baseUrl: server.url }));
  expect(outcome.events).toEqual([]);
  return { ...outcome, asked: server.requests.length };
}

const says = (message: string, type = "invalid_request_error", code: string | null = null) => ({
  type: "error",
  error: { type, message, code },
});

describe.each(vendors)("a failure, as the %s provider tells it", (_vendor, create) => {
  test.each<[number, unknown, ErrorCode]>([
    [400, says("Invalid value for 'temperature'"), "provider-refused"],
    [400, says("Output blocked by content filtering policy"), "provider-refused"],
    [400, says("image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes"), "provider-refused"],
    [400, says("The model `gpt-9` does not exist"), "provider-auth"],
    [400, says("Your credit balance is too low to access the API."), "provider-auth"],
    [400, says("You have reached your specified API usage limits."), "provider-auth"],
    [401, says("Incorrect API key provided", "authentication_error", "invalid_api_key"), "provider-auth"],
    [402, says("Insufficient Balance", "unknown_error"), "provider-auth"],
    [403, says("Your key may not use this", "permission_error"), "provider-auth"],
    [404, says("model: claude-9", "not_found_error"), "provider-auth"],
    [404, "404 page not found", "provider-auth"],
    [408, says("Request timeout"), "provider-timeout"],
    [409, says("conflict", "conflict_error"), "provider-refused"],
    [413, says("Request exceeds the maximum size", "request_too_large"), "context-too-long"],
    [413, "<html>413 Request Entity Too Large</html>", "context-too-long"],
    [418, says("I am a teapot"), "provider-refused"],
    [422, { detail: [{ loc: ["body", "messages"], msg: "Field required" }] }, "provider-refused"],
    [429, says("Rate limit reached for requests", "rate_limit_error"), "provider-rate-limited"],
    [429, says("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), "provider-auth"],
    [
      429,
      { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "You exceeded your current quota" } },
      "provider-rate-limited",
    ],
    [429, says("您的账户已欠费，请充值后重试。"), "provider-auth"],
    [429, says("Too many tokens, please wait before trying again."), "provider-rate-limited"],
    [
      429,
      says("Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 61000."),
      "context-too-long",
    ],
    [500, says("The server had an error while processing your request", "server_error"), "provider-unavailable"],
    [502, "<html>Bad gateway</html>", "provider-unavailable"],
    [503, says("The engine is currently overloaded, please try again later"), "provider-overloaded"],
    [503, "no upstream", "provider-unavailable"],
    [504, "upstream timed out", "provider-timeout"],
    [524, "a timeout occurred", "provider-timeout"],
    [529, says("Overloaded", "overloaded_error"), "provider-overloaded"],
  ])("%i %j is %3$s, and is asked once only", async (status, body, code) => {
    const { error, asked } = await failing(create, status, body);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(new RegExp(`^vendor: ${status} `));
    expect(error?.cause).toBeInstanceOf(Error);
    expect(asked).toBe(1);
  });

  test.each([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["parts of seconds", { "retry-after": "0.4" }, 400],
    ["milliseconds, which are the more exact", { "retry-after": "7", "retry-after-ms": "6543" }, 6_543],
    [
      "a date, by the server's own clock",
      { "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date: "Wed, 21 Oct 2026 07:28:00 GMT" },
      30_000,
    ],
    [
      "a date that has passed",
      { "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date: "Wed, 21 Oct 2026 07:29:00 GMT" },
      0,
    ],
  ])("says when to come back, told in %s", async (_how, headers, retryAfterMs) => {
    expect((await failing(create, 429, says("slow"), headers)).error?.retryAfterMs).toBe(retryAfterMs);
  });

  test.each([[{}], [{ "retry-after": "soon" }], [{ "retry-after": "-5" }]])(
    "does not invent when to come back: %j",
    async (headers) => {
      expect((await failing(create, 529, says("Overloaded"), headers)).error?.retryAfterMs).toBeUndefined();
    },
  );

  test.each([
    `Incorrect API key provided: ${KEY}. Find yours at the console.`,
    "Incorrect API key provided: sk-proj-********************7890.",
    "Your api key: ****7890 is invalid",
    `Header was: Bearer ${KEY}`,
  ])("never quotes a key: %s", async (message) => {
    const { error } = await failing(create, 401, says(message));
    expect(error?.message).toContain("[key]");
    expect(error?.message).not.toMatch(/AbCdEf|7890/);
  });

  test("is told in one short line", async () => {
    const { error } = await failing(create, 500, says(`Traceback:\n\n${"  at somewhere ".repeat(2_000)}`));
    expect(error?.message.length).toBeLessThanOrEqual(300);
    expect(error?.message).not.toContain("\n");
  });

  test("of the connection is unavailability", async () => {
    const server = await startWireServer(answersJson(200, {}));
    await server[Symbol.asyncDispose]();
    const { error } = await outcomeOf(create({ name: "vendor", apiKey: KEY, baseUrl: server.url }));
    expect(error?.code).toBe("provider-unavailable");
    expect(error?.message).toContain("ECONNREFUSED");
  });

  test("of the name service is unavailability", async () => {
    const { error } = await outcomeOf(create({ name: "vendor", apiKey: KEY, baseUrl: "http://no-such-host.invalid" }));
    expect(error?.code).toBe("provider-unavailable");
  });

  test("of a server that hangs up without a word is unavailability", async () => {
    await using server = await startWireServer((response) => void response.socket?.destroy());
    const { error } = await outcomeOf(create({ name: "vendor", apiKey: KEY, baseUrl: server.url }));
    expect(error?.code).toBe("provider-unavailable");
  });

  const fetchTimeout = (name: string): TypeError =>
    new TypeError("fetch failed", {
      cause: Object.assign(new Error(`${name} Timeout Error`), { code: `UND_ERR_${name}_TIMEOUT` }),
    });

  test.each<[string, typeof globalThis.fetch]>([
    [
      "before it answered",
      async () => {
        throw fetchTimeout("Headers");
      },
    ],
    [
      "in the middle",
      async () => {
        const body = new ReadableStream({ start: (controller) => controller.error(fetchTimeout("Body")) });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      },
    ],
  ])("of fetch's own patience, %s, is a timeout", async (_when, fetch) => {
    const { error } = await outcomeOf(create({ name: "vendor", apiKey: KEY, baseUrl: "http://vendor.test", fetch }));
    expect(error?.code).toBe("provider-timeout");
  });

  test("of a key no header may carry does not show the key", async () => {
    const apiKey = "line one\nline two";
    const { error } = await outcomeOf(create({ name: "vendor", apiKey, baseUrl: "http://vendor.test" }));
    expect(error?.code).toMatch(/^provider-/);
    expect(error?.message).not.toContain("line two");
  });
});

test("a date is measured by our clock where the server does not tell its own", () => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  const retryAfterMs = retryAfterMsFrom(new Headers({ "retry-after": soon })) ?? 0;
  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});
