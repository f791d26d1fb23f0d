// What the terminal says of a file that was sent.

import { expect, test } from "vitest";
import { fileLine } from "../../../src/channels/terminal/outcome.ts";

const file = { name: "图\u001b[31m\n1.png", bytes: 33_280, url: "/api/sessions/s/files/t.4_file?channel=terminal" };

test("its name, made harmless, its size, and where it is had", () => {
  expect(fileLine(file, "http://127.0.0.1:8787")).toBe(
    "▣ 图 1.png (34 kB) http://127.0.0.1:8787/api/sessions/s/files/t.4_file?channel=terminal",
  );
});

test("no address where no server outside of this process has it", () => {
  expect(fileLine(file)).toBe("▣ 图 1.png (34 kB)");
});
