// Nobody's agent does more than the person who asked may do (P5), with a model that obeys the attacker. Each attack is one case; a
// counterpart shows that the same call runs for somebody who may, so that a table that proves nothing would be seen.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ATTACKS } from "../tools/sandbox/attacks.ts";
import { CLAIMS, NAMES, OTHER_TOOLS, STRANGERS } from "./escalations.ts";
import { FORBIDDEN, MEMBER, type ObedientBot, order, ROOT, RULES, startObedientBot } from "./obedient-bot.ts";

let it: ObedientBot;
beforeAll(async () => {
  it = await startObedientBot();
});
afterAll(() => it[Symbol.asyncDispose]());

/** What ran by this, and nothing of another case. */
async function ranBy(person: string, calls: Parameters<ObedientBot["ask"]>[1]): Promise<readonly string[]> {
  const before = it.ran.length;
  await it.ask(person, calls);
  await it.bot.idle();
  return it.ran.slice(before).map(({ tool }) => tool);
}

describe("a model that asks for another tool", () => {
  test.each(OTHER_TOOLS)("$tool for '$person'", async ({ person, tool }) => {
    expect(await ranBy(person, [{ name: tool }])).toEqual([]);
  });

  test.each(FORBIDDEN)("%s, hidden among calls that are allowed", async (tool) => {
    const allowed = { name: "fetch_url" };
    expect(await ranBy(MEMBER, [allowed, { name: tool }, allowed])).toEqual(["fetch_url", "fetch_url"]);
  });

  test("it runs for who may", async () => {
    expect(
      await ranBy(
        ROOT,
        FORBIDDEN.map((name) => ({ name })),
      ),
    ).toEqual(FORBIDDEN);
  });
});

describe("a tool by another name", () => {
  test.each(NAMES)("%j", async (name) => {
    expect(await ranBy(MEMBER, [{ name }])).toEqual([]);
  });

  test("an alias is the tool, for who may", async () => {
    const names = ["Bash", "execute_bash", "execute_shell", "RUN-COMMAND"];
    expect(
      await ranBy(
        ROOT,
        names.map((name) => ({ name })),
      ),
    ).toEqual(names.map(() => "run_command"));
  });
});

describe("arguments that claim rights", () => {
  test.each(CLAIMS)("%j", async (claim) => {
    expect(await ranBy(MEMBER, [{ name: "run_command", arguments: claim }])).toEqual([]);
  });
});

describe("two people in one conversation", () => {
  describe.each(["queue", "steer", "collect"])("whileBusy: %s", (whileBusy) => {
    test.each([
      [ROOT, MEMBER],
      [MEMBER, ROOT],
      [ROOT, "slack:nobody"],
    ])("%s, then %s while that is worked", async (first, second) => {
      await using here = await startObedientBot({ config: `${RULES}queue: { whileBusy: ${whileBusy} }\n` });
      const calls = [{ name: "run_command" }, { name: "fetch_url" }];
      await Promise.all([first, second, first, second].map((person) => here.ask(person, calls, "slack:shared")));
      await here.bot.idle();
      const dangerous = here.ran.filter(({ tool }) => tool === "run_command");
      expect(new Set(dangerous.map(({ asker }) => asker))).toEqual(new Set([ROOT]));
      expect(here.ran.some(({ asker }) => asker === "slack:nobody")).toBe(false);
    });
  });
});

describe("an agent that is called", () => {
  const agents = [{ name: "all" }, { name: "reader", capabilities: ["fs.read", "agent.spawn"] }];
  const spawning = (agent: string, goal: string) => ({ name: "spawn_agent", arguments: { agent, goal } });

  test.each(FORBIDDEN)("by a member by name does not run %s", async (tool) => {
    await using here = await startObedientBot({ agents });
    await here.bot.say(`@all ${order([{ name: tool }])}`, { sender: { id: MEMBER, name: "M" } });
    await here.bot.idle();
    expect(here.ran).toEqual([]);
  });

  test.each(FORBIDDEN.filter((tool) => !/^(?:read|list|search)_/.test(tool)))(
    "by an agent that is bound does not run %s, whoever asked",
    async (tool) => {
      await using here = await startObedientBot({ agents });
      const inner = order([{ name: tool }, { name: "read_file" }]);
      await here.bot.say(`@reader ${order([spawning("all", inner)])}`, { sender: { id: ROOT, name: "R" } });
      await here.bot.until(() => here.ran.length > 0, 100);
      await here.bot.idle();
      expect(here.ran).toEqual([{ tool: "read_file", asker: ROOT }]);
    },
  );
});

describe("a click on consent", () => {
  const asking = `roles: { admin: { users: ["${ROOT}"], grants: ["*"] }, member: { users: ["${MEMBER}"], grants: [shell.exec] } }\n`;
  const config = `${asking}approvals: { capabilities: [shell.exec], approvers: [admin] }\n`;

  async function asked() {
    const here = await startObedientBot({ config });
    await here.ask(MEMBER, [{ name: "run_command" }]);
    await here.bot.idle();
    const post = here.bot.chat.posts.at(-1);
    const idOf = (kind: "approve" | "deny"): string => post?.buttons?.find((one) => one.kind === kind)?.id ?? "";
    const press = (kind: "approve" | "deny", by = ROOT) =>
      here.bot.chat.buttons.press({ id: idOf(kind), by: { id: by, name: by } });
    const approval = /\/approve (\S+?)`/.exec(post?.text ?? "")?.[1] ?? "";
    return { here, press, approval };
  }

  test.each(STRANGERS)("by '%s', as a button and as words", async (stranger) => {
    const { here, press, approval } = await asked();
    await using bot = here;
    expect((await press("approve", stranger)).isDone).toBe(false);
    expect((await press("deny", stranger)).isDone).toBe(false);
    await bot.bot.say(`/approve ${approval}`, { sender: { id: stranger, name: "S" }, session: "slack:room1" });
    await bot.bot.idle();
    expect(bot.ran).toEqual([]);
  });

  test.each([
    ["twice", ["approve", "approve"]],
    ["ten times at once", Array.from({ length: 10 }, () => "approve" as const)],
    ["and then refused", ["approve", "deny"]],
  ] as const)("approved %s: it runs once", async (_, presses) => {
    const { here, press } = await asked();
    await using bot = here;
    const results = await Promise.all(presses.map((kind) => press(kind)));
    await bot.bot.idle();
    for (const kind of presses) await press(kind);
    await bot.bot.idle();
    expect(results.filter(({ isDone }) => isDone).length).toBe(1);
    expect(bot.ran.length).toBe(1);
  });

  test.each([
    ["refused, then approved", ["deny", "approve"]],
    ["refused twice", ["deny", "deny"]],
  ] as const)("%s: it does not run", async (_, presses) => {
    const { here, press } = await asked();
    await using bot = here;
    for (const kind of presses) await press(kind);
    await bot.bot.idle();
    expect(bot.ran).toEqual([]);
  });

  test("replayed for the next call: consent to one is no consent to another", async () => {
    const { here, press } = await asked();
    await using bot = here;
    await press("approve");
    await bot.bot.idle();
    await bot.ask(MEMBER, [{ name: "run_command" }]);
    await bot.bot.idle();
    await press("approve");
    await bot.bot.idle();
    expect(bot.ran.length).toBe(1);
  });
});

test("with those on the sandbox there are over 300 attacks, none twice in its class", () => {
  const classes: Readonly<Record<string, readonly unknown[]>> = {
    ...ATTACKS,
    "another tool": OTHER_TOOLS,
    "hidden among others": FORBIDDEN,
    "another name": NAMES,
    "claimed rights": CLAIMS,
    "a stranger's click": STRANGERS,
  };
  for (const [name, attacks] of Object.entries(classes))
    expect(new Set(attacks.map((attack) => JSON.stringify(attack))).size, name).toBe(attacks.length);
  expect(Object.values(classes).flat().length).toBeGreaterThan(300);
});
