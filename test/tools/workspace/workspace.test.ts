// What a workspace keeps for its session: a place of its own, room within bounds, whole writes and their versions.

import { lstatSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Workspace } from "../../../src/tools/workspace/workspace.ts";
import { workspacesForTests } from "./workspace-for-tests.ts";

const { workspaces, folder: data, remove } = workspacesForTests();
afterAll(() => remove());

let count = 0;
const fresh = (): Promise<Workspace> => {
  count += 1;
  return workspaces.of(`slack:${count}`);
};
const write = (workspace: Workspace, path: string, text: string) => workspace.change(path, () => Buffer.from(text));
const read = async (workspace: Workspace, path: string): Promise<string> => (await workspace.read(path)).toString();

describe("sessions", () => {
  test("never share a folder, whatever they are called", async () => {
    const names = [
      "slack:a",
      "slack-a",
      "slack/a",
      "SLACK:A",
      "../slack:a",
      "slack:a ",
      "微信:一",
      "微信:二",
      "",
      "x".repeat(500),
    ];
    const folders = await Promise.all(names.map(async (name) => (await workspaces.of(name)).folder));
    expect(new Set(folders).size).toBe(names.length);
    for (const folder of folders) expect(folder).toMatch(/\/workspaces\/[a-z0-9-]+\/files$/);
  });

  test("of spawned agents, however deep, have the conversation's own", async () => {
    const coder = await workspaces.of("slack:team~task_1");
    await write(coder, "script.py", "print(1)");
    expect(await read(await workspaces.of("slack:team"), "script.py")).toBe("print(1)");
    expect(await read(await workspaces.of("slack:team~task_1~task_2"), "script.py")).toBe("print(1)");
    expect((await workspaces.of("slack:other~task_1")).folder).not.toBe(coder.folder);
  });

  test("are closed to everybody else on the machine", async () => {
    const workspace = await fresh();
    expect(statSync(workspace.folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(workspace.folder, "..")).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, "workspaces")).mode & 0o777).toBe(0o700);
  });

  test.runIf(process.getuid?.() === 0)(
    "have a user each where the server is root, who owns all that is written",
    async () => {
      const [one, two] = [await fresh(), await fresh()];
      await write(one, "a/b", "x");
      const { uid } = lstatSync(one.folder);
      expect(uid).toBeGreaterThan(0x6fff_ffff);
      expect(lstatSync(two.folder).uid).not.toBe(uid);
      expect(lstatSync(join(one.folder, "a")).uid).toBe(uid);
      expect(lstatSync(join(one.folder, "a/b")).uid).toBe(uid);
    },
  );
});

describe("room", () => {
  const small = workspacesForTests({ bytes: 1_000, entries: 5, fileBytes: 600, versionBytes: 2_000 });
  afterAll(() => small.remove());

  test("a session that is full is told so, and may still make things smaller", async () => {
    const workspace = await small.workspaces.of("full");
    await write(workspace, "a", "x".repeat(600));
    await expect(write(workspace, "b", "x".repeat(500))).rejects.toThrow("The workspace is full");
    expect(await workspace.overQuota()).toBeUndefined();
    await write(workspace, "a", "x");
    await write(workspace, "b", "x".repeat(500));
  });

  test("one file, many files and what a command left behind are bounded as well", async () => {
    const workspace = await small.workspaces.of("many");
    await expect(write(workspace, "a", "x".repeat(601))).rejects.toThrow("at most");
    for (const name of ["a", "b", "c", "d", "e"]) await write(workspace, name, "x");
    await expect(write(workspace, "f", "x")).rejects.toThrow("full");
    writeFileSync(join(workspace.folder, "big"), Buffer.alloc(5_000));
    expect(await workspace.overQuota()).toContain("full");
    await expect(read(workspace, "big")).rejects.toThrow("larger than");
  });

  test("versions are bounded; the newest stays", async () => {
    const workspace = await small.workspaces.of("versions");
    for (let n = 0; n < 10; n += 1) await write(workspace, "a", String(n).repeat(500));
    const kept = await workspace.versions("a");
    expect(kept.map(({ n }) => n)).toEqual([7, 8, 9, 10]);
    expect(readdirSync(join(workspace.folder, "../versions")).sort()).toEqual(["10", "7", "8", "9", "index.json"]);
  });
});

describe("a write", () => {
  test("appears whole, one after another, and leaves nothing half written", async () => {
    const workspace = await fresh();
    await write(workspace, "counter", "0");
    await Promise.all(
      Array.from({ length: 20 }, () =>
        workspace.change("counter", (before) => Buffer.from(String(Number(before) + 1))),
      ),
    );
    expect(await read(workspace, "counter")).toBe("20");
    expect(readdirSync(join(workspace.folder, "../staging"))).toEqual([]);
  });

  test("that fails leaves what was there", async () => {
    const workspace = await fresh();
    await write(workspace, "a", "old");
    await expect(
      workspace.change("a", () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await read(workspace, "a")).toBe("old");
  });

  test("keeps a file executable", async () => {
    const workspace = await fresh();
    writeFileSync(join(workspace.folder, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    await write(workspace, "run.sh", "#!/bin/sh\necho\n");
    expect(statSync(join(workspace.folder, "run.sh")).mode & 0o777).toBe(0o755);
  });

  test("no version lies where a command could reach it, and a damaged one is not restored", async () => {
    const workspace = await fresh();
    await write(workspace, "a", "one");
    await write(workspace, "a", "two");
    expect(readdirSync(workspace.folder)).toEqual(["a"]);
    writeFileSync(join(workspace.folder, "../versions/1"), "forged");
    await expect(workspace.restore("a")).rejects.toThrow("damaged");
  });
});
