// Head and tail of output, whatever the pieces it comes in.

import { describe, expect, test } from "vitest";
import { OutputCapture } from "../../../src/tools/sandbox/captured-output.ts";

function captured(bytesMax: number, pieces: readonly string[]) {
  const capture = new OutputCapture(bytesMax);
  for (const piece of pieces) capture.add(Buffer.from(piece));
  return capture.captured;
}

describe("output", () => {
  test.each([[["abcdef"]], [["a", "bc", "", "def"]], [[..."abcdef"]]])("that fits is whole: %j", (pieces) => {
    expect(captured(6, pieces)).toEqual({ text: "abcdef", bytesLeftOut: 0 });
  });

  test.each([[["abcdefghij"]], [[..."abcdefghij"]], [["abc", "defghi", "j"]]])(
    "that does not keeps both ends: %j",
    (pieces) => {
      expect(captured(4, pieces)).toEqual({ text: "ab\n[... 6 bytes left out ...]\nij", bytesLeftOut: 6 });
    },
  );

  test("a character cut in two is left out", () => {
    expect(captured(8, ["中文中文中文"]).text).toBe("中\n[... 10 bytes left out ...]\n文");
  });

  test("a character that comes in two pieces stays one", () => {
    const capture = new OutputCapture(100);
    const bytes = Buffer.from("中");
    capture.add(bytes.subarray(0, 1));
    capture.add(bytes.subarray(1));
    expect(capture.captured.text).toBe("中");
  });
});
