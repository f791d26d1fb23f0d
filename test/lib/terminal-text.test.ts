// What a stranger wrote, on a terminal: nothing of it may be obeyed, and nothing that can be read may be lost.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, fitWidth, terminalLine, terminalText, unfinishedEnd } from "../../src/lib/terminal-text.ts";

const ESC = "\u001b";

describe("text for a terminal", () => {
  test.each([
    ["colours", `${ESC}[31mred${ESC}[0m`, "red"],
    ["cursor movements and clearing", `a${ESC}[2J${ESC}[1;1Hb${ESC}[?25lc`, "abc"],
    ["the window's title", `${ESC}]0;you are root\u0007$ `, "$ "],
    ["hidden links, but not their words", `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
    ["writing to the clipboard", `${ESC}]52;c;cm0gLXJm\u0007ok`, "ok"],
    ["device control strings", `${ESC}P+q544e${ESC}\\ok`, "ok"],
    ["one-character controls of eight bits", "\u009b31mred\u0085\u008d", "red"],
    ["bells, backspaces and form feeds", "pass\u0007word\b\b\b\f", "password"],
    ["marks that turn the writing round", "user\u202egpj.exe", "usergpj.exe"],
  ])("loses %s", (_what, text, shown) => {
    expect(terminalText(text)).toBe(shown);
  });

  test("keeps lines, tabs, and every language", () => {
    const text = "a\tb\n中文，日本語 한국어 👩‍🚀 é עברית";
    expect(terminalText(text)).toBe(text);
  });

  test("makes a line end of each way to end one, so that none returns to the start of its line", () => {
    expect(terminalText("a\r\nb\rc\u2028d")).toBe("a\nb\nc\nd");
  });

  test("an unfinished sequence costs its control characters and no more", () => {
    expect(terminalText(`all the rest ${ESC}]0;is not a title`)).toContain("is not a title");
  });

  test("whatever comes, no control is left and nothing is found in a second look", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(ESC, "\u009b", "[", "]", "31", ";", "m", "\u0007", "\\", "\r"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const shown = terminalText(pieces.join(""));
        expect(shown).not.toMatch(/[^\P{Cc}\n\t]/u);
        expect(terminalText(shown)).toBe(shown);
      }),
    );
  });

  test("an end whose meaning hangs on the next piece is known", () => {
    expect(unfinishedEnd(`red ${ESC}[3`)).toBe(`${ESC}[3`);
    expect(unfinishedEnd(`red ${ESC}[31m`)).toBe("");
    expect(unfinishedEnd("ok \ud83d")).toBe("\ud83d");
    expect(unfinishedEnd("ok \ud83d\ude80")).toBe("");
  });

  test("a line is one line", () => {
    expect(terminalLine(` a\n\n b${ESC}[2K\tc `)).toBe("a b c");
  });
});

describe("the width of a line", () => {
  test("counts what stands on two columns twice, and marks not at all", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("中文")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("🚂")).toBe(2);
  });

  test("a line that is too long is cut with a mark, and never in the middle of a character", () => {
    expect(fitWidth("abcdef", 6)).toBe("abcdef");
    expect(fitWidth("abcdefg", 6)).toBe("abcde…");
    expect(fitWidth("中文中文", 6)).toBe("中文…");
    expect(fitWidth("abc", 0)).toBe("");
  });
});
