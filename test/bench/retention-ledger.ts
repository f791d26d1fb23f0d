// How long it takes to build the context of a session with very many messages, over the real ledger: what a person waits for
// before the model is asked.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Store } from "../../src/core/store.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { createSeeded, type Seeded, textOf } from "../context/seeded.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { cpuMs } from "./cpu-time.ts";
import { createBenchCompactor } from "./retention-life.ts";
import { BenchModel } from "./retention-models.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";

export interface ContextTime {
  readonly messages: number;
  readonly compactions: number;
  /** Of the largest view. */
  readonly tokens: number;
  readonly looks: number;
  readonly ms: Percentiles;
  /** Of this process, also what it does beside. */
  readonly cpuMs: Percentiles;
}

const SESSION = "bench:long";
/** What the default budget leaves of 120,000. */
const ROOM_TOKENS = 84_000;
const ACCEPTED_TOGETHER = 500;
const LOOK_EVERY = 20;
const WARM_SHARE = 0.3;

export async function measureContextTime(messages: number): Promise<ContextTime> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-context-"));
  const store = await openLedger({ folder, lockWaitMs: 0 });
  const compactor = createBenchCompactor(store, new BenchModel("extractive"), new FakeClock());
  const { signal } = new AbortController();
  try {
    const seeded = createSeeded(1);
    const turns = Math.ceil(messages / 2);
    const looks: { readonly ms: number; readonly cpuMs: number; readonly tokens: number }[] = [];
    let compactions = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      if (turn % ACCEPTED_TOGETHER === 0)
        await acceptSome(store, seeded, turn, Math.min(turns, turn + ACCEPTED_TOGETHER));
      await answer(store, seeded);
      if (turn % LOOK_EVERY !== 0) continue;
      const [startedAt, cpuBefore] = [performance.now(), cpuMs()];
      const { tokens } = await compactor.view(SESSION, ROOM_TOKENS, signal);
      const look = { ms: performance.now() - startedAt, cpuMs: cpuMs() - cpuBefore, tokens };
      const { latest } = await store.shownSteps(SESSION);
      // A look that has to compact first waits for a model as well; that is not what is measured.
      if (latest === compactions && turn > turns * WARM_SHARE) looks.push(look);
      compactions = latest;
    }
    return {
      messages: turns * 2,
      compactions,
      tokens: Math.max(...looks.map(({ tokens }) => tokens)),
      looks: looks.length,
      ms: percentilesOf(looks.map(({ ms }) => ms)),
      cpuMs: percentilesOf(looks.map((look) => look.cpuMs)),
    };
  } finally {
    await compactor.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function acceptSome(store: Store, seeded: Seeded, from: number, to: number): Promise<void> {
  const places = Array.from({ length: to - from }, (_, place) => from + place);
  await Promise.all(
    places.map((place) =>
      store.accept(
        {
          key: `bench:${place}`,
          channel: "bench",
          session: SESSION,
          sender: { id: "bench:ann", name: "Ann" },
          text: textOf(seeded, seeded.whole(20, 400), seeded.pick(["en", "zh", "mixed"])),
        },
        {
          messageId: `message_${place}`,
          taskId: `task_${place}`,
          traceId: "trace",
          now: place,
          waitingMax: ACCEPTED_TOGETHER * 2,
          fullText: "",
          isPushed: false,
        },
      ),
    ),
  );
}

async function answer(store: Store, seeded: Seeded): Promise<void> {
  const result = await store.claim(SESSION, {
    owner: "bench",
    now: 1,
    leaseMs: 60_000,
    whileBusy: "queue",
    collectMax: 1,
  });
  if (result.status !== "claimed") throw new Error(`nothing to claim: ${result.status}`);
  const text = textOf(seeded, seeded.whole(50, 900), seeded.pick(["en", "zh", "mixed"]));
  await store.finish(result.claimed.fence, {
    outcome: { state: "done", text },
    now: 2,
    isPushed: false,
    last: {
      reply: { kind: "reply", text, model: "bench/model", usage: NO_USAGE },
      calls: [],
      usage: { model: "bench/model", role: "main", usage: NO_USAGE, usd: 0, durationMs: 1 },
    },
  });
}
