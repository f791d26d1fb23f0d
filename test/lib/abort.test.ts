// Waiting that ends, and leaves neither timer nor listener behind.

import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { childController, endsWithin, limitSilence, sleep } from "../../src/lib/abort.ts";
import { FakeClock } from "../support/fake-clock.ts";

const REASON = new Error("stopped");
const never = (): Promise<never> => new Promise(() => {});
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const left = () => ({ timers: clock.pending, listeners: getEventListeners(signal, "abort").length });
  return { clock, controller, signal, left };
}

const NOTHING = { timers: 0, listeners: 0 };

describe("sleep", () => {
  test("ends after its time and not before", async () => {
    const { clock, signal, left } = setUp();
    let isOver = false;
    const sleeping = sleep(clock, 100, signal).then(() => {
      isOver = true;
    });
    clock.advance(99);
    await settled();
    expect(isOver).toBe(false);
    clock.advance(1);
    await sleeping;
    expect(left()).toEqual(NOTHING);
  });

  test("rejects with the signal's reason as soon as it aborts, also if it had before", async () => {
    const { clock, controller, signal, left } = setUp();
    const sleeping = sleep(clock, 100, signal);
    controller.abort(REASON);
    await expect(sleeping).rejects.toBe(REASON);
    await expect(sleep(clock, 100, signal)).rejects.toBe(REASON);
    expect(left()).toEqual(NOTHING);
  });

  test("needs no signal", async () => {
    const { clock } = setUp();
    const sleeping = sleep(clock, 1);
    clock.advance(1);
    await sleeping;
  });
});

describe("childController", () => {
  test("aborts with its parent and the parent's reason; not the other way round", () => {
    const { controller, signal, left } = setUp();
    const other = childController(signal);
    const child = childController(signal);
    other.controller.abort(new Error("only me"));
    expect(signal.aborted).toBe(false);
    controller.abort(REASON);
    expect(child.controller.signal.reason).toBe(REASON);
    expect(left()).toEqual(NOTHING);
  });

  test("is aborted at once under a parent that is", () => {
    const child = childController(AbortSignal.abort(REASON));
    expect(child.controller.signal.reason).toBe(REASON);
  });

  test("released it leaves no listener, and the parent reaches it no more", () => {
    const { controller, signal, left } = setUp();
    for (let index = 0; index < 100; index += 1) childController(signal).release();
    const child = childController(signal);
    child.release();
    child.release();
    expect(left()).toEqual(NOTHING);
    controller.abort(REASON);
    expect(child.controller.signal.aborted).toBe(false);
  });
});

describe("endsWithin", () => {
  const within = <T>(work: Promise<T>, { clock, signal }: ReturnType<typeof setUp>) => {
    const onAbandoned = vi.fn();
    return { onAbandoned, end: endsWithin(work, { timers: clock, signal, graceMs: 50, onAbandoned }) };
  };

  test("is the work's own end", async () => {
    const given = setUp();
    await expect(within(Promise.resolve(7), given).end).resolves.toBe(7);
    await expect(within(Promise.reject(REASON), given).end).rejects.toBe(REASON);
    await settled();
    expect(given.left()).toEqual(NOTHING);
  });

  test("work that ends in its grace period is heard", async () => {
    const given = setUp();
    let finish = (_: string): void => {};
    const { end, onAbandoned } = within(new Promise<string>((resolve) => (finish = resolve)), given);
    given.controller.abort(REASON);
    given.clock.advance(49);
    finish("just in time");
    await expect(end).resolves.toBe("just in time");
    await settled();
    expect(onAbandoned).not.toHaveBeenCalled();
    expect(given.left()).toEqual(NOTHING);
  });

  test("work that ignores its signal is abandoned after the grace period; what it says later harms nobody", async () => {
    const given = setUp();
    let fail = (_: Error): void => {};
    const { end, onAbandoned } = within(new Promise<never>((_, reject) => (fail = reject)), given);
    given.controller.abort(REASON);
    given.clock.advance(50);
    await expect(end).rejects.toBe(REASON);
    expect(onAbandoned).toHaveBeenCalledTimes(1);
    fail(new Error("much later"));
    await settled();
    expect(given.left()).toEqual(NOTHING);
  });

  test("a signal that had aborted before still gives the grace period", async () => {
    const given = setUp();
    given.controller.abort(REASON);
    const { end, onAbandoned } = within(never(), given);
    given.clock.advance(49);
    await settled();
    expect(onAbandoned).not.toHaveBeenCalled();
    given.clock.advance(1);
    await expect(end).rejects.toBe(REASON);
    expect(given.left()).toEqual(NOTHING);
  });
});

describe("limitSilence", () => {
  const limited = <T>(source: AsyncIterable<T>, { clock, signal }: ReturnType<typeof setUp>) =>
    limitSilence(source, {
      timers: clock,
      firstMs: 100,
      idleMs: 10,
      signal,
      timeout: (isFirst) => new Error(isFirst ? "no first" : "silent"),
    });

  /** Gives its items, then hangs or ends; remembers whether it was told to stop. */
  function source(items: readonly string[], isHanging = false) {
    const told = { isReturned: false };
    async function* give(): AsyncGenerator<string> {
      try {
        yield* items;
        if (isHanging) await never();
      } finally {
        told.isReturned = true;
      }
    }
    return { told, items: give() };
  }

  test("passes all items on and leaves nothing behind", async () => {
    const given = setUp();
    const seen: string[] = [];
    for await (const item of limited(source(["a", "b"]).items, given)) seen.push(item);
    expect(seen).toEqual(["a", "b"]);
    expect(given.left()).toEqual(NOTHING);
  });

  test("the first item has its own limit", async () => {
    const given = setUp();
    const first = limited(source([], true).items, given).next();
    given.clock.advance(99);
    await settled();
    given.clock.advance(1);
    await expect(first).rejects.toThrow("no first");
    expect(given.left()).toEqual(NOTHING);
  });

  test("silence later is cut, even if the source hangs and hears nothing", async () => {
    const given = setUp();
    const stream = limited(source(["a"], true).items, given);
    expect(await stream.next()).toEqual({ done: false, value: "a" });
    const second = stream.next();
    given.clock.advance(10);
    await expect(second).rejects.toThrow("silent");
    expect(given.left()).toEqual(NOTHING);
  });

  test("time the reader takes is not silence of the source", async () => {
    const given = setUp();
    const stream = limited(source(["a", "b"]).items, given);
    await stream.next();
    given.clock.advance(1_000);
    expect(await stream.next()).toEqual({ done: false, value: "b" });
    await stream.return(undefined);
  });

  test("an abort is passed on with its reason, also one from before", async () => {
    const given = setUp();
    const next = limited(source([], true).items, given).next();
    given.controller.abort(REASON);
    await expect(next).rejects.toBe(REASON);
    await expect(limited(source(["a"]).items, given).next()).rejects.toBe(REASON);
    expect(given.left()).toEqual(NOTHING);
  });

  test("a failure of the source is its own", async () => {
    const given = setUp();
    async function* failing(): AsyncGenerator<string> {
      yield "a";
      throw REASON;
    }
    const stream = limited(failing(), given);
    await stream.next();
    await expect(stream.next()).rejects.toBe(REASON);
    expect(given.left()).toEqual(NOTHING);
  });

  test("a source that throws before it waits leaves nothing behind either", async () => {
    const given = setUp();
    const rude: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw REASON;
        },
      }),
    };
    await expect(limited(rude, given).next()).rejects.toBe(REASON);
    expect(given.left()).toEqual(NOTHING);
  });

  test("a reader that leaves tells the source to stop, once, and one that failed or ended is not told", async () => {
    const given = setUp();
    const { told, items } = source(["a", "b"]);
    for await (const _ of limited(items, given)) break;
    await settled();
    expect(told.isReturned).toBe(true);
    let returns = 0;
    const ending: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: true, value: undefined }),
        return: async () => {
          returns += 1;
          return { done: true, value: undefined };
        },
      }),
    };
    for await (const _ of limited(ending, given));
    expect(returns).toBe(0);
    expect(given.left()).toEqual(NOTHING);
  });

  test("a source whose stopping fails or hangs does not hold the reader", async () => {
    const given = setUp();
    for (const stop of [never, () => Promise.reject(new Error("cannot stop"))]) {
      const stubborn: AsyncIterable<string> = {
        [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: "a" }), return: stop }),
      };
      for await (const _ of limited(stubborn, given)) break;
    }
    await settled();
    expect(given.left()).toEqual(NOTHING);
  });
});
