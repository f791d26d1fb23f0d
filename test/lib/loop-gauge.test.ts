// Whether the event loop is busy: by what it did lately, not by what it did long ago or in the last moment.

import type { EventLoopUtilization } from "node:perf_hooks";
import { expect, test } from "vitest";
import { LoopGauge } from "../../src/lib/loop-gauge.ts";

/** An event loop by the minute: so long idle, so long at work. */
class TestLoop {
  #idle = 0;
  #active = 0;

  pass(idle: number, active: number): void {
    this.#idle += idle;
    this.#active += active;
  }

  now = (): number => this.#idle + this.#active;

  eventLoopUtilization = (since?: EventLoopUtilization): EventLoopUtilization => {
    const idle = this.#idle - (since?.idle ?? 0);
    const active = this.#active - (since?.active ?? 0);
    return { idle, active, utilization: idle + active === 0 ? 0 : active / (idle + active) };
  };
}

test("it is busy while it hardly ever waits, and calm again soon after", () => {
  const loop = new TestLoop();
  const gauge = new LoopGauge(loop);
  expect(gauge.isBusy).toBe(false);
  for (let n = 0; n < 20; n += 1) {
    loop.pass(8, 2);
    expect(gauge.isBusy).toBe(false);
  }
  // A single long piece of work among much rest is no crowd.
  loop.pass(0, 60);
  expect(gauge.isBusy).toBe(false);
  for (let n = 0; n < 40; n += 1) {
    loop.pass(1, 19);
    gauge.isBusy;
  }
  expect(gauge.isBusy).toBe(true);
  for (let n = 0; n < 30; n += 1) {
    loop.pass(8, 2);
    gauge.isBusy;
  }
  expect(gauge.isBusy).toBe(false);
});

test("a rest of an hour counts for no longer than the next window", () => {
  const loop = new TestLoop();
  const gauge = new LoopGauge(loop);
  loop.pass(3_600_000, 0);
  let tellsAfter = 0;
  for (; !gauge.isBusy; tellsAfter += 10) loop.pass(0, 10);
  expect(tellsAfter).toBeGreaterThan(0);
  expect(tellsAfter).toBeLessThan(300);
});
