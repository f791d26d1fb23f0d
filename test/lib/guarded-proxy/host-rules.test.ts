// What a list of hosts means: names alone, compared as people write them.

import { describe, expect, test } from "vitest";
import { createHostRules, isHostRule } from "../../../src/lib/guarded-proxy/host-rules.ts";

describe("a rule", () => {
  test.each(["api.example.com", "API.Example.com", "*.example.com", "*", "localhost", "a_b.example", "xn--fiqs8s.cn"])(
    "%s is one",
    (rule) => expect(isHostRule(rule)).toBe(true),
  );
  test.each([
    ...["", "**", "*.*", "a.*.com", "*example.com", "https://example.com", "example.com:443", "example.com/x", "a b"],
    ...[
      "127.0.0.1",
      "10.0.0.0/8",
      "::1",
      "[::1]",
      "127.1",
      "0x7f.1",
      "2130706433",
      "a..b",
      "-a.com",
      "例子.cn",
      "a@b.com",
    ],
    ...["x".repeat(64), `${"a.".repeat(130)}com`],
  ])("%s is none", (rule) => expect(isHostRule(rule)).toBe(false));
});

describe("a host", () => {
  const isListed = createHostRules(["api.example.com", "*.example.org"]);
  test.each([
    "api.example.com",
    "API.example.com",
    "api.example.com.",
    "example.org",
    "a.b.example.org",
    "EXAMPLE.org.",
  ])("%s is listed", (host) => expect(isListed(host)).toBe(true));
  test.each([
    ...["example.com", "x.api.example.com", "xapi.example.com", "api.example.com.evil.net", "notexample.org", ""],
    ...[
      "example.org.evil.net",
      "api.example.com\0.evil.net",
      "api.example.com ",
      "api.example.com:443",
      "api.example.com..",
    ],
    ...["127.0.0.1", "[::1]", "*", "*.example.org"],
  ])("%s is not", (host) => expect(isListed(host)).toBe(false));

  test("every host is every name, and no address", () => {
    const all = createHostRules(["*"]);
    expect([all("example.net"), all("93.184.215.14"), all("[2606:2800::1]"), all("127.1"), all("0x7f000001")]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test("no rules list nobody", () => expect(createHostRules([])("example.com")).toBe(false));
});
