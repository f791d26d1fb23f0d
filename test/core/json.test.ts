// One text for one value, however its keys were ordered.

import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, isJsonObject } from "../../src/core/json.ts";

/** The same value with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

test("the order of keys does not matter, the order of lists does, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  expect(canonicalJson({ b: { d: 1, c: 2 }, a: [{ y: 1, x: 2 }] })).toBe('{"a":[{"x":2,"y":1}],"b":{"c":2,"d":1}}');
});

test("a key named after the prototype is a key", () => {
  const value: unknown = JSON.parse('{"__proto__":{"x":1},"a":1}');
  expect(canonicalJson(value)).toBe('{"__proto__":{"x":1},"a":1}');
  expect(({} as Record<string, unknown>).x).toBe(undefined);
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ["{}", false],
  [undefined, false],
])("%j is an object of JSON: %j", (value, is) => {
  expect(isJsonObject(value)).toBe(is);
});
