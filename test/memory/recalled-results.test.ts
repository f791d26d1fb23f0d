// What a tool returned long ago is found by its name and understood by what was asked: through a real ledger.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { CallResult } from "../../src/core/step.ts";
import type { Store } from "../../src/core/store.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { createLogSearch } from "../../src/memory/log-search.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { begin, SESSION } from "./tell.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function openLog(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-recalled-"));
  const store = await openLedger({ folder, lockWaitMs: 0, logTokens: createLogTokens("UTC") });
  ends.push(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}

async function call(store: Store, name: string, asked: JsonObject, result: CallResult): Promise<void> {
  const { fence } = await begin(store, "go on");
  const usage = { model: "fake", role: "main", usage: NO_USAGE, usd: 0, durationMs: 0 };
  const reply = { kind: "reply", text: "", model: "fake", usage: NO_USAGE } as const;
  const calls = [{ kind: "call", id: "c", name, arguments: asked } as const];
  const { numbers } = await store.appendReply(fence, { reply, calls, usage }, 1_000);
  await store.finishCalls(fence, [{ n: numbers[1] ?? 0, result }], [], 1_000);
  await store.finish(fence, { outcome: { state: "done", text: "" }, now: 1_000, isPushed: false });
}

const ask = (store: Store, query: string) =>
  createLogSearch(store, "UTC")({ session: SESSION, task: "", query, keywords: [], now: 2_000, limit: 3 });

test("a name in a long result outweighs a common word that short ones repeat", async () => {
  const store = await openLog();
  const waiting = (n: number): string => `queue ${n}: ${n * 37} waiting, oldest ${n * 7} s`;
  const lines = Array.from({ length: 30 }, (_, n) => waiting(n));
  lines.splice(15, 0, "tenant of Kalumiro: 3a358fa7");
  await call(store, "list", {}, { status: "ok", text: lines.join("\n") });
  for (let n = 0; n < 110; n += 1) {
    const ids = n % 10 === 0 ? `id ${n}, id ${n + 1}, id ${n + 2}; ` : "";
    await call(
      store,
      "list",
      {},
      { status: "ok", text: ids + Array.from({ length: 6 }, (_, at) => waiting(n + at)).join("\n") },
    );
  }
  expect((await ask(store, "What is the id of Kalumiro?"))[0]?.excerpt).toContain("Kalumiro: 3a358fa7");
});

test("a result comes with what was asked of the tool", async () => {
  const store = await openLog();
  await call(store, "run_command", { command: "mount /mnt/kalumiro" }, { status: "error", text: "stale handle" });
  await call(store, "read_clock", {}, { status: "ok", text: "12:00" });
  expect((await ask(store, "What went wrong with kalumiro?"))[0]).toMatchObject({
    speaker: 'run_command {"command":"mount /mnt/kalumiro"}',
    excerpt: "stale handle",
  });
  expect((await ask(store, "12:00"))[0]?.speaker).toBe("read_clock");
});
