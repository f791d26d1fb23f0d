// Work of one key goes in its order, whatever becomes of it; keys do not wait for each other.

import { expect, test } from "vitest";
import { createOneByOne } from "../../src/lib/one-by-one.ts";

test("one after the other of a key, also behind one that fails; another key is not waited for", async () => {
  const turns = createOneByOne();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const slow = turns.run("a", async () => {
    order.push("a1 begins");
    await first.promise;
    order.push("a1 ends");
    throw new Error("no");
  });
  const next = turns.run("a", async () => {
    order.push("a2");
    return 2;
  });
  await turns.run("b", async () => {
    order.push("b");
  });
  expect(order).toEqual(["a1 begins", "b"]);
  first.resolve();
  await expect(slow).rejects.toThrow("no");
  expect(await next).toBe(2);
  expect(order).toEqual(["a1 begins", "b", "a1 ends", "a2"]);
});

test("idle is when nothing is under way, also of what began meanwhile", async () => {
  const turns = createOneByOne();
  await turns.idle();
  const order: string[] = [];
  void turns.run("a", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push("first");
    void turns.run("b", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("began meanwhile");
    });
  });
  await turns.idle();
  expect(order).toEqual(["first", "began meanwhile"]);
});
