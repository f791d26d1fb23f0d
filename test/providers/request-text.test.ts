// What is written once must be what would be written each time.

import fc from "fast-check";
import { expect, test } from "vitest";
import { requestText } from "../../src/providers/shared/request-text.ts";

test("a body as text is what JSON.stringify writes, again and again", () => {
  const tool = fc.record({ type: fc.string(), function: fc.jsonValue() });
  const body = fc.record({
    model: fc.string({ unit: "binary" }),
    'odd "name"\n': fc.option(fc.jsonValue(), { nil: undefined }),
    tools: fc.option(fc.array(tool), { nil: undefined }),
    messages: fc.array(fc.jsonValue()),
  });
  fc.assert(
    fc.property(body, (any) => {
      expect(requestText(any)).toBe(JSON.stringify(any));
      expect(requestText(any)).toBe(JSON.stringify(any));
    }),
  );
});

test("the same tool is read once, whatever request it stands in", () => {
  let reads = 0;
  const tool = {
    get name() {
      reads += 1;
      return "look_up";
    },
  };
  expect(requestText({ tools: [tool] })).toBe('{"tools":[{"name":"look_up"}]}');
  expect(requestText({ tools: [tool, tool] })).toBe('{"tools":[{"name":"look_up"},{"name":"look_up"}]}');
  expect(reads).toBe(1);
});
