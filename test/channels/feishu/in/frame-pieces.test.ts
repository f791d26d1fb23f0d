// Pieces of events: joined in any order, and no number the platform can name costs more than it should.

import { describe, expect, test } from "vitest";
import { createFramePieces } from "../../../../src/channels/feishu/in/frame-pieces.ts";
import { DATA, decodeFrame, encodeFrame, type Frame } from "../../../../src/channels/feishu/in/frames.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

const piece = (sum: number | string, seq: number | string, text = "x", id = "m"): Frame => ({
  SeqID: 1,
  LogID: 2,
  service: 3,
  method: DATA,
  headers: [
    { key: "type", value: "event" },
    { key: "message_id", value: id },
    { key: "sum", value: String(sum) },
    { key: "seq", value: String(seq) },
  ],
  payload: Buffer.from(text),
});

describe("pieces", () => {
  test("in any order, one of them twice", () => {
    const pieces = createFramePieces(new FakeClock());
    expect(pieces.add(piece(3, 2, "c"))).toBeUndefined();
    expect(pieces.add(piece(3, 0, "a"))).toBeUndefined();
    expect(pieces.add(piece(3, 0, "a"))).toBeUndefined();
    expect(Buffer.from(pieces.add(piece(3, 1, "b")) ?? []).toString()).toBe("abc");
  });

  test.each([
    [4_294_967_295, 0],
    [0, 0],
    [-1, 0],
    ["x", 0],
    [2, 2],
    [2, -1],
    [2, "x"],
    [1.5, 0],
  ])("%s pieces, of which this is %s, are refused at once", (sum, seq) => {
    expect(() => createFramePieces(new FakeClock()).add(piece(sum, seq))).toThrow();
  });

  test("pieces that do not belong together are dropped together", () => {
    const pieces = createFramePieces(new FakeClock());
    pieces.add(piece(2, 0));
    expect(() => pieces.add(piece(3, 1))).toThrow("belong together");
    expect(pieces.add(piece(2, 1))).toBeUndefined();
  });

  test("events that never end are forgotten", () => {
    const clock = new FakeClock();
    const pieces = createFramePieces(clock);
    pieces.add(piece(2, 0, "old", "first"));
    for (let count = 0; count < 150; count += 1) pieces.add(piece(2, 0, "x", `other ${count}`));
    expect(pieces.add(piece(2, 1, "new", "first"))).toBeUndefined();
  });
});

test("a frame survives being written and read, with numbers of 64 bits", () => {
  const frame = decodeFrame(encodeFrame({ ...piece(1, 0), LogID: "18446744073709551615" }));
  expect(String(frame.LogID)).toBe("18446744073709551615");
  expect(String(decodeFrame(encodeFrame(frame)).LogID)).toBe("18446744073709551615");
  expect(() => decodeFrame(Buffer.from("not a frame"))).toThrow();
});
