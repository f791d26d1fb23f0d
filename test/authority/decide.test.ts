// Who may use which tool: only what a role of the person and the channel both grant, and nothing by accident (P5).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AuthorityRules, createDecide, rolesOf } from "../../src/authority/decide.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { CAPABILITIES, isGrant, isGranted } from "../../src/core/capability.ts";
import type { Tool } from "../../src/core/tool.ts";

const toolNeeding = (...capabilities: readonly string[]): Tool => ({
  name: "tool",
  description: "",
  capabilities,
  parameters: {},
  run: async () => "",
});

const rules: AuthorityRules = {
  roles: {
    admin: { users: ["slack:U1", "web:local"], grants: ["*"] },
    writer: { users: ["slack:U2"], grants: ["fs.*"] },
    member: { users: ["slack:U1", "slack:U2", "slack:U3"], grants: ["net.fetch"] },
    nobody: { users: [], grants: ["*"] },
    silent: { users: ["slack:U4"], grants: [] },
  },
  channels: {
    web: { grants: ["*"] },
    slack: { grants: ["net.fetch", "fs.read", "shell.exec"] },
    feishu: { grants: [] },
  },
};

const isAllowed = (asker: string, channel: string, ...capabilities: readonly string[]): boolean =>
  createDecide(rules)({ asker, channel, bounds: [], tool: toolNeeding(...capabilities) }).isAllowed;

describe("a decision", () => {
  test.each([
    ["slack:U1", "slack", ["net.fetch"], true],
    ["slack:U1", "slack", ["shell.exec"], true],
    ["slack:U1", "slack", ["shell.exec", "net.fetch"], true],
    // The channel does not grant it, whoever asks.
    ["slack:U1", "slack", ["fs.write"], false],
    ["slack:U1", "feishu", ["net.fetch"], false],
    // One of two is not enough.
    ["slack:U1", "slack", ["net.fetch", "fs.write"], false],
    ["slack:U2", "slack", ["fs.read"], true],
    ["slack:U2", "slack", ["fs.write"], false],
    ["slack:U2", "web", ["fs.write"], true],
    // Roles add up.
    ["slack:U2", "web", ["fs.write", "net.fetch"], true],
    ["slack:U3", "slack", ["fs.read"], false],
    ["slack:U4", "web", ["net.fetch"], false],
    // A channel and a person nobody wrote rules for.
    ["slack:U1", "console", ["net.fetch"], false],
    ["slack:U9", "web", ["net.fetch"], false],
    ["slack:U9", "web", [], false],
    // Names that every object knows.
    ["slack:U1", "constructor", ["net.fetch"], false],
    ["slack:U1", "__proto__", ["net.fetch"], false],
    ["constructor", "web", ["net.fetch"], false],
    // Nearly somebody.
    ["slack:U", "web", ["net.fetch"], false],
    ["slack:U11", "web", ["net.fetch"], false],
    ["SLACK:U1", "web", ["net.fetch"], false],
    ["feishu:U1", "web", ["net.fetch"], false],
    ["*", "web", ["net.fetch"], false],
    ["", "web", [], false],
  ] as const)("%s on %s for %j: %j", (asker, channel, capabilities, allowed) => {
    expect(isAllowed(asker, channel, ...capabilities)).toBe(allowed);
  });

  test("a tool that needs nothing is for everybody who has a role, on every channel", () => {
    expect(isAllowed("slack:U4", "feishu")).toBe(true);
  });

  test("says what was missing, or which roles granted it", () => {
    const decide = createDecide(rules);
    const reason = (asker: string, channel: string, capability: string): string =>
      decide({ asker, channel, bounds: [], tool: toolNeeding(capability) }).reason;
    expect(reason("slack:U9", "web", "fs.read")).toBe("slack:U9 has no role");
    expect(reason("slack:U3", "web", "fs.read")).toBe("fs.read is not granted to member");
    expect(reason("slack:U1", "slack", "fs.write")).toBe("fs.write is not granted on slack");
    expect(reason("slack:U1", "slack", "net.fetch")).toBe("granted to admin, member on slack");
  });

  test("an empty list of users is nobody, not everybody; a star is everybody", () => {
    const open: AuthorityRules = { ...rules, roles: { all: { users: ["*"], grants: ["net.fetch"] } } };
    expect(rolesOf(rules, "slack:U9")).toEqual([]);
    expect(rolesOf(open, "slack:U9")).toEqual(["all"]);
    expect(
      createDecide({ roles: {}, channels: rules.channels })({
        asker: "x",
        channel: "web",
        bounds: [],
        tool: toolNeeding(),
      }),
    ).toMatchObject({
      isAllowed: false,
    });
  });

  test("nothing is allowed that a role and the channel do not both grant, for any rules", () => {
    const grant = fc.constantFrom("*", "fs.*", "net.*", "mcp.*", "fs.read", "fs.write", "net.fetch", "mcp.git");
    const grants = fc.array(grant, { maxLength: 3 });
    const users = fc.subarray(["a", "b", "*"]);
    const role = fc.record({ users, grants });
    const capability = fc.constantFrom(...CAPABILITIES, "mcp.git", "mcp.other");
    fc.assert(
      fc.property(
        fc.record({ one: role, two: role }),
        fc.record({ web: fc.record({ grants }) }),
        fc.constantFrom("a", "b", "c"),
        fc.array(capability, { maxLength: 3 }),
        (roles, channels, asker, capabilities) => {
          const decision = createDecide({ roles, channels })({
            asker,
            channel: "web",
            bounds: [],
            tool: toolNeeding(...capabilities),
          });
          const mine = Object.values(roles).filter((one) => one.users.some((user) => user === asker || user === "*"));
          const wanted =
            mine.length > 0 &&
            capabilities.every(
              (one) => mine.some((each) => isGranted(each.grants, one)) && isGranted(channels.web.grants, one),
            );
          expect(decision.isAllowed).toBe(wanted);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("the shipped rules: everything here, files and shell for nobody on a platform but an admin they grant nothing to", () => {
    const config = parseConfig("", "x");
    const decide = createDecide({ roles: config.roles, channels: config.channels });
    const may = (asker: string, channel: string, capability: string): boolean =>
      decide({ asker, channel, bounds: [], tool: toolNeeding(capability) }).isAllowed;
    for (const capability of CAPABILITIES) expect(may("web:local", "web", capability)).toBe(true);
    for (const asker of ["slack:U1", "feishu:ou_1"]) {
      const channel = asker.split(":")[0] ?? "";
      expect(may(asker, channel, "net.fetch")).toBe(true);
      for (const capability of ["shell.exec", "fs.read", "fs.write", "mcp.git"]) {
        expect(may(asker, channel, capability)).toBe(false);
      }
    }
    // Somebody of a platform who gets hold of the web's channel name has no more than at home.
    expect(may("slack:U1", "web", "shell.exec")).toBe(false);
  });
});

describe("grants", () => {
  test.each([
    ["*", "anything.at.all", true],
    ["fs.*", "fs.read", true],
    ["fs.*", "fs", false],
    ["fs.*", "fsx.read", false],
    ["fs.*", "net.fetch", false],
    ["fs.read", "fs.read", true],
    ["fs.read", "fs.readwrite", false],
    ["fs.read", "FS.READ", false],
    ["mcp.*", "mcp.git", true],
    ["mcp.git", "mcp.github", false],
    ["", "fs.read", false],
  ])("%s covers %s: %j", (grant, capability, covers) => {
    expect(isGranted([grant], capability)).toBe(covers);
  });

  test.each([
    "fs",
    "fs.",
    ".*",
    "**",
    "*.*",
    "fs.**",
    "fs.rea*",
    "mcp.",
    "mcp.A B",
    "mcp.x.y",
    "schedule.*",
    " *",
    "f.*",
    "",
  ])("%j is no grant", (name) => {
    expect(isGrant(name)).toBe(false);
  });

  test("every capability and its family is one", () => {
    for (const capability of CAPABILITIES) {
      expect(isGrant(capability)).toBe(true);
      if (capability.includes(".")) expect(isGrant(`${capability.split(".")[0]}.*`)).toBe(true);
    }
    expect(isGrant("mcp.git-hub_1")).toBe(true);
    expect(isGrant("mcp.*")).toBe(true);
  });
});

test("the rules of this moment decide, for whoever asks in between", () => {
  const changing = { ...rules };
  const decide = createDecide(changing);
  const may = (asker: string, channel: string): boolean =>
    decide({ asker, channel, bounds: [], tool: toolNeeding("net.fetch") }).isAllowed;
  expect([may("slack:U3", "slack"), may("slack:U4", "slack"), may("slack:U3", "feishu")]).toEqual([true, false, false]);
  expect(may("slack:U3", "slack")).toBe(true);
  changing.roles = { ...rules.roles, member: { users: [], grants: ["net.fetch"] } };
  expect(may("slack:U3", "slack")).toBe(false);
  changing.roles = rules.roles;
  expect(may("slack:U3", "slack")).toBe(true);
  changing.channels = {};
  expect(may("slack:U3", "slack")).toBe(false);
});
