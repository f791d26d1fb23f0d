// A floor under what is found in the notes of our own making; the bench prints the numbers.

import { expect, test } from "vitest";
import { measureRetrieval } from "./retrieval.ts";

/** A little below what is measured; without embeddings a paraphrase that shares no word cannot be found. */
const floors: Readonly<Record<string, readonly [at5: number, at10: number]>> = {
  lexical: [0.95, 1],
  identifier: [1, 1],
  name: [1, 1],
  date: [0.95, 1],
  update: [1, 1],
  "cross-language": [0.9, 0.95],
  paraphrase: [0.3, 0.4],
  all: [0.86, 0.9],
};

test("what was said is found, by kind of question", async () => {
  const measured = await measureRetrieval();
  expect(measured.map(({ kind }) => kind)).toEqual(Object.keys(floors));
  for (const { kind, recallAt5, recallAt10, missed } of measured) {
    const [at5 = 1, at10 = 1] = floors[kind] ?? [];
    expect(recallAt5, `recall@5 of ${kind}; missed ${missed.join(" / ")}`).toBeGreaterThanOrEqual(at5);
    expect(recallAt10, `recall@10 of ${kind}`).toBeGreaterThanOrEqual(at10);
  }
});
