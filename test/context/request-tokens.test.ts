import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imageSize } from "../../src/context/image-size.ts";
import { imageTokens } from "../../src/context/image-tokens.ts";
import { itemTokens, requestTokens, toolTokens, weighRequest } from "../../src/context/request-tokens.ts";
import { estimateTokens } from "../../src/context/token-estimate.ts";
import type { TokenFamily } from "../../src/context/token-family.ts";
import type { ConversationItem, ToolDefinition } from "../../src/core/model.ts";
import { type ImageFormat, imageOf } from "./image-header.ts";
import { corpus } from "./token-corpus.ts";

const FAMILIES: readonly TokenFamily[] = ["o200k", "cl100k", "claude-3", "claude-4.7"];
const FORMATS: readonly ImageFormat[] = ["png", "gif", "jpeg", "webp-lossy", "webp-lossless", "webp-extended"];

const person = (text: string): ConversationItem => ({ role: "person", text });
const model = (text: string, results: readonly string[] = []): ConversationItem => ({
  role: "model",
  text,
  calls: results.map((result, index) => ({
    id: `call_${index}`,
    name: "read_file",
    arguments: { path: "notes.md" },
    result,
    isError: false,
  })),
});
const tool: ToolDefinition = {
  name: "read_file",
  description: "Reads a text file of the workspace.",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};

describe("a request", () => {
  test("is the sum of its system prompt, tools and items", () => {
    const request = { system: corpus.english, tools: [tool], items: [person("hi"), model("yes", ["a", "b"])] };
    for (const family of FAMILIES) {
      const { fixed, items } = weighRequest(request, family);
      expect(items).toEqual(request.items.map((item) => itemTokens(item, family)));
      expect(fixed).toBe(estimateTokens(corpus.english, family) + 4 + toolTokens([tool], family));
      expect(requestTokens(request, family)).toBe(items.reduce((sum, tokens) => sum + tokens, fixed));
    }
    expect(requestTokens({ system: "", tools: [], items: [] }, "claude-4.7")).toBe(0);
  });

  test("pays four tokens for a message, eight for a call and six for its result, besides their texts", () => {
    const text = (value: string): number => estimateTokens(value, "o200k");
    expect(itemTokens(person("hello there"), "o200k")).toBe(text("hello there") + 4);
    const call = text("read_file") + text('{"path":"notes.md"}') + text(corpus.logs) + 8 + 6;
    expect(itemTokens(model("hello", [corpus.logs, corpus.logs]), "o200k")).toBe(text("hello") + 4 + 2 * call);
  });

  test("pays for its tools as their JSON, and once for the vendor's guide to tools", () => {
    const json = estimateTokens(JSON.stringify(tool), "claude-4.7");
    const [one, two] = [toolTokens([tool], "claude-4.7"), toolTokens([tool, tool], "claude-4.7")];
    expect(two - one).toBe(json);
    expect(one - json).toBeGreaterThan(300);
    expect(toolTokens([], "claude-4.7")).toBe(0);
    const wordy = { ...tool, description: corpus.english };
    expect(toolTokens([wordy], "o200k")).toBeGreaterThan(toolTokens([tool], "o200k") + 500);
  });

  test("pays for thinking that is sent back, but not twice for what the reply says", () => {
    const reply = { role: "model", text: corpus.english, calls: [] } as const;
    const plain = itemTokens(reply, "claude-4.7");
    const blocks = [
      { type: "thinking", thinking: corpus.chinese, signature: "Ab3/".repeat(300) },
      { type: "text", text: corpus.english },
    ];
    const thoughtful = itemTokens({ ...reply, replay: { provider: "anthropic", content: { blocks } } }, "claude-4.7");
    const thinking = estimateTokens(corpus.chinese, "claude-4.7") + 1_200 / 4;
    expect(thoughtful - plain).toBeGreaterThanOrEqual(thinking);
    expect(thoughtful - plain).toBeLessThan(thinking + 10);
  });

  test("never gets cheaper by another item", () => {
    const item = fc.oneof(
      fc.string().map(person),
      fc.tuple(fc.string(), fc.array(fc.string(), { maxLength: 3 })).map(([text, results]) => model(text, results)),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), item, fc.constantFrom(...FAMILIES), (items, added, family) => {
        const before = requestTokens({ system: "s", tools: [tool], items }, family);
        expect(requestTokens({ system: "s", tools: [tool], items: [...items, added] }, family)).toBeGreaterThan(before);
      }),
    );
  });
});

describe("the size of an image", () => {
  test.each(FORMATS)("is read from the header of a %s", (format) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16_383 }), fc.integer({ min: 1, max: 16_383 }), (width, height) => {
        expect(imageSize(imageOf(format, width, height).base64)).toEqual({ width, height });
      }),
      { numRuns: 20 },
    );
  });

  test.each(FORMATS)("is unknown when a %s ends early, and reading a broken one never fails", (format) => {
    const { base64 } = imageOf(format, 640, 480);
    expect(imageSize(base64.slice(0, 12))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(base64.length), fc.string({ unit: "binary" }), (length, noise) => {
        const size = imageSize(base64.slice(0, length) + noise);
        if (size) expect(size.width * size.height).toBeGreaterThan(0);
      }),
    );
  });

  test("is unknown when the header says there is none", () => {
    for (const format of ["png", "gif", "jpeg", "webp-lossy"] as const) {
      expect(imageSize(imageOf(format, 0, 0).base64)).toBeUndefined();
    }
  });

  test("is not sought for ever in a photograph whose segments do not end", () => {
    const segments = [0xff, 0xd8, ...Array.from({ length: 4_000 }, () => [0xff, 0xe1, 0, 2]).flat()];
    expect(imageSize(Buffer.from(segments).toString("base64"))).toBeUndefined();
    const standing = [0xff, 0xd8, 0xff, 0xe1, 0, 0, 0xff, 0xe1, 0, 0];
    expect(imageSize(Buffer.from(standing).toString("base64"))).toBeUndefined();
  });
});

describe("the tokens of an image", () => {
  const tokens = (width: number, height: number, family: TokenFamily): number =>
    imageTokens(imageOf("png", width, height), family);

  /** Reported by the vendors for these sizes. */
  test.each<[number, number, TokenFamily, number]>([
    [256, 256, "claude-3", 100],
    [1_024, 1_024, "claude-3", 1_369],
    [1_280, 720, "claude-3", 1_196],
    [256, 256, "claude-4.7", 100],
    [1_024, 1_024, "claude-4.7", 1_369],
    [1_920, 1_080, "claude-4.7", 2_691],
    [3_840, 2_160, "o200k", 9_792],
    [4_032, 3_024, "o200k", 14_364],
    [1_024, 1_024, "cl100k", 765],
    [2_048, 4_096, "cl100k", 1_105],
  ])("%i x %i costs %s %i", (width, height, family, expected) => {
    expect(tokens(width, height, family)).toBe(expected);
  });

  test("are bounded by what the vendor resizes to, and grow with the image until then", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 60_000 }), (width, height) => {
        expect(tokens(width, height, "claude-3")).toBeLessThanOrEqual(1_600);
        expect(tokens(width, height, "claude-4.7")).toBeLessThanOrEqual(4_784);
        expect(tokens(width, height, "cl100k")).toBeLessThanOrEqual(1_445);
        expect(tokens(width, height, "o200k")).toBeLessThanOrEqual(36_000);
        for (const family of FAMILIES) expect(tokens(width, height, family)).toBeGreaterThan(0);
      }),
    );
    for (const family of FAMILIES) {
      const rising = [100, 400, 700, 1_000].map((edge) => tokens(edge, edge, family));
      expect(rising).toEqual(rising.toSorted((first, second) => first - second));
    }
  });

  test("are the most an image can cost where its header cannot be read", () => {
    const unreadable = { mediaType: "image/png", base64: Buffer.from("no picture").toString("base64") };
    expect(FAMILIES.map((family) => imageTokens(unreadable, family))).toEqual([12_000, 1_445, 1_600, 4_784]);
    const item: ConversationItem = { role: "person", text: "", images: [unreadable, imageOf("png", 256, 256)] };
    expect(itemTokens(item, "claude-4.7")).toBe(4 + 4_784 + 100);
  });
});
