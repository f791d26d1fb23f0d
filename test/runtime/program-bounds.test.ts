// What holds programs that work as agents: who may have them run, what they see, that a stop ends all of them, and what a server that
// ends under them leaves.

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { Store } from "../../src/core/store.ts";
import {
  builder,
  buildersForTests,
  draftOf,
  resultsOf,
  shownOf,
  soon,
  TIMEOUT_MS,
  taskOf,
} from "../support/agent-programs.ts";
import { FakeModel } from "../support/fake-model.ts";
import type { TestApp } from "../support/start-test-app.ts";

vi.setConfig({ testTimeout: TIMEOUT_MS });

const { programs, start, ask, fileOf, isConfined, remove } = await buildersForTests({
  API_KEY: "key-0123456789-of-a-vendor",
  OTHER_KEY: "not-to-be-seen",
});
afterAll(remove);

const SESSION = "slack:general";

/** Processes of this machine whose command line holds these words. */
const processesWith = (words: string): readonly string[] =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(words);
    } catch {
      return false;
    }
  });

describe("stopped (P7)", () => {
  test("the whole tree is dead, what it said stays, and it is no error", async () => {
    const marker = `stubborn marker-${process.pid}-${Date.now()}`;
    await using bot = await start();
    await bot.say(`@builder ${marker}`);
    await soon(() => draftOf(bot)).toBe("I do not listen.\n");
    expect(processesWith(marker).length).toBeGreaterThan(0);
    await bot.say("/stop");
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("I do not listen.\n\nStopped.");
    expect(await taskOf(bot)).toMatchObject({ state: "cancelled" });
    expect(processesWith(marker)).toEqual([]);
    if (!isConfined) return;
    const beats = await fileOf(SESSION, "beats");
    await ask("plain");
    expect(await fileOf(SESSION, "beats")).toBe(beats);
  });
});

describe("rights (P5)", () => {
  const members = (grants: string, more = "approvals: { capabilities: [] }") =>
    `roles: { member: { users: ["*"], grants: [${grants}] }, admin: { users: ["slack:boss"], grants: ["*"] } }\n${more}`;
  const audited = async (bot: TestApp) => (await bot.store.account((await taskOf(bot)).id)).decisions;

  test("without task.cli it is not run, and that is on record", async () => {
    await using bot = await start({ config: members("agent.spawn") });
    await bot.say("@builder plain");
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("You may not have `bash` run here.");
    expect(await audited(bot)).toMatchObject([{ subject: "builder", decision: "denied" }]);
  });

  test("what was run is on record, with no secret in it", async () => {
    const records: string[] = [];
    const wrapStore = (store: Store): Store =>
      Object.assign(Object.create(store) as Store, {
        audit: (record: Parameters<Store["audit"]>[0]) => {
          records.push(JSON.stringify(record));
          return store.audit(record);
        },
      });
    const redact = (text: string): string => text.replaceAll("hunter2hunter2", "[redacted]");
    await using bot = await start({ wrapStore, redact });
    await bot.say("@builder plain hunter2hunter2");
    await bot.idle();
    expect(records.join()).toContain('"decision":"started"');
    expect(records.join()).not.toContain("hunter2hunter2");
    expect(records.join().length).toBeLessThan(3_000);
  });

  /** An agent that has the builder do what it was asked itself. */
  const passesOn = (goal: string): FakeModel =>
    new FakeModel([], {
      fallback: ({ system, items }) =>
        system.includes("You are planner.") && !JSON.stringify(items).includes("is working")
          ? { calls: [{ name: "spawn_agent", arguments: { agent: "builder", goal } }] }
          : "ok",
    });

  test("an agent that may not run programs cannot have one run by spawning it", async () => {
    const agents = [builder, { name: "planner", capabilities: ["agent.spawn"] }];
    await using bot = await start({ model: passesOn("plain"), agents });
    await bot.say("@planner go round");
    await bot.idle();
    const child = await taskOf(bot, (await taskOf(bot)).session);
    expect(child).toMatchObject({ agent: "builder", state: "failed", reason: "not-allowed" });
  });

  test("one that was spawned by an agent works where people are", async () => {
    await using bot = await start({ model: passesOn("writes deep"), agents: [builder, { name: "planner" }] });
    await bot.say("@planner have it written", { session: "slack:deep" });
    await bot.idle();
    expect(await fileOf("slack:deep", "made.txt")).toBe("deep\n");
  });

  test("where consent is asked for, it is not begun before, and what was shown is what runs", async () => {
    const config = members("agent.spawn, task.cli", "approvals: { capabilities: [task.cli], approvers: [admin] }");
    // What a person cannot read whole nobody can consent to: the tests' own program is too long for it.
    const agents = [{ ...builder, command: ["bash", "-c", 'echo "Fixed: $1"', "agent", "{{goal}}"] }];
    await using bot = await start({ config, agents });
    await bot.say("@builder with consent");
    await bot.idle();
    const question = bot.answers.find((text) => text.includes("run_program")) ?? "";
    expect(question).toContain('"with consent"');
    const id = /approval_[a-z0-9]+/.exec(question)?.[0] ?? "";
    expect(await shownOf(bot)).toBe("");
    await bot.say(`/approve ${id}`, { sender: { id: "slack:boss", name: "Boss" } });
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("Fixed: with consent");
  });

  test.skipIf(!isConfined)("it sees the variables its file names, no others, and nothing of the server", async () => {
    const seen = (await ask("environment", { agents: [{ ...builder, env: ["API_KEY", "MISSING"] }] })) ?? "";
    const names = (seen.split("\n")[0]?.split(" ") ?? []).filter((name) => !/^(GIT_|key=)/.test(name));
    expect(names).toEqual(
      ["API_KEY", "HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHLVL", "TERM", "_"].filter((n) => names.includes(n)),
    );
    expect(seen).toContain("key=[redacted]");
    expect(await ask("environment")).toContain("key=none");
    await using bot = await start();
    const own = await ask(`spies ${bot.folder}/ledger.db`);
    expect(own).toContain("No such file");
    expect(own).not.toContain("not-to-be-seen");
  });

  test("without a sandbox it is said in one sentence", async () => {
    const off = { ...programs, off: "not installed: bwrap" };
    await using bot = await start({ programs: off });
    await bot.say("@builder plain");
    await bot.say("plain", { agent: "builder" });
    await bot.idle();
    expect(bot.answers).toContainEqual(
      expect.stringContaining("**@builder** was not started: it is a program, and there"),
    );
    expect(bot.answers).toContainEqual(expect.stringMatching(/^This agent is a program, .* there is no sandbox/));
  });
});

describe("never lost (P4)", () => {
  test("one that ended with the server is reported with its output, and not run again", async () => {
    await using first = await start();
    await first.say("@builder hangs in the middle", { session: "slack:crash" });
    await soon(() => draftOf(first, "slack:crash")).toBe("begun in the middle\n");
    await first.stop();
    await using second = await start({ folder: first.folder });
    await second.idle();
    expect(resultsOf(second)).toEqual([
      "begun in the middle\n\nThe server stopped while `bash` was working, so it was interrupted. It is not run again by itself.",
    ]);
    expect(await second.eventsOf("agent_done", "slack:crash")).toHaveLength(1);
    expect(await fileOf("slack:crash", "runs")).toBe("run\n");
  });

  test("one whose file says that it may is run again, and its result is delivered once", async () => {
    const agents = [{ ...builder, isRepeatable: true }];
    await using first = await start({ agents });
    await first.say("@builder counts", { session: "slack:again" });
    await soon(() => draftOf(first, "slack:again")).toBe("first try\n");
    await first.stop();
    await using second = await start({ folder: first.folder, agents });
    await second.idle();
    expect(resultsOf(second)).toEqual(["second try worked"]);
    expect(await second.eventsOf("agent_done", "slack:again")).toHaveLength(1);
  });
});
