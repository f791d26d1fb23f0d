// What leaves as an answer holds none of our secrets and folders and no vendor's key, however the text is cut into pieces.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSpeechRedactor } from "../../src/lib/redact-speech.ts";

const SECRET = "s3cr3t/signing+value==";
const FOLDER = "/srv/signalbox/data";
const VENDOR_KEY = "sk-proj-Ab3_dE-fGh1jKlMnOpQrStUvWxYz0123456789";
const speech = createSpeechRedactor({ secrets: [SECRET], folders: [FOLDER, "/srv/signalbox", "/"] });

/** As withoutSecrets shows it. */
function shownInPieces(pieces: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let held = "";
  for (const piece of pieces) {
    held += piece;
    const length = speech.shownLength(held);
    shown.push(speech.clean(held.slice(0, length)));
    held = held.slice(length);
  }
  return [...shown, speech.clean(held)];
}

describe("a whole text", () => {
  test.each([
    [`the secret is ${SECRET}.`, "the secret is [redacted]."],
    [`as a query: ${encodeURIComponent(SECRET)}`, "as a query: [redacted]"],
    [`in base64: ${Buffer.from(SECRET).toString("base64")}`, "in base64: [redacted]"],
    [`see ${FOLDER}/workspaces/a.txt`, "see [folder]/workspaces/a.txt"],
    ["see /srv/signalbox/src/app.ts", "see [folder]/src/app.ts"],
    [`密钥${VENDOR_KEY}。`, "密钥[redacted]。"],
    ["set password: correct-horse-1 and / is the root", "set password: correct-horse-1 and / is the root"],
  ])("%s", (text, clean) => expect(speech.clean(text)).toBe(clean));
});

test("what a tool found keeps keys that are not ours: it may be what is worked on", () => {
  expect(speech.known(`${VENDOR_KEY} ${SECRET}`)).toBe(`${VENDOR_KEY} [redacted]`);
});

describe("a text in pieces", () => {
  const words = fc.constantFrom(
    ...[
      SECRET,
      FOLDER,
      VENDOR_KEY,
      "eyes",
      "t-shirt",
      "sk-",
      "/srv/sign",
      "s3cr3t/",
      " ",
      "\n",
      "中文，",
      "and so on",
      "-----BEGIN ",
    ],
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0123456789+/abc=\n-----END RSA PRIVATE KEY-----",
  );
  const texts = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(" "));

  test("shows no secret, wherever it is cut, and nothing is lost", () => {
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), (text, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, n = 0; at < text.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const shown = shownInPieces(pieces).join("");
        expect(shown).not.toContain(SECRET);
        expect(shown).not.toContain("/srv/signalbox");
        expect(shown).not.toContain(VENDOR_KEY);
        expect(shown).not.toContain("MIIEowIBAAKCAQEA");
        expect(shown).toBe(speech.clean(text));
      }),
      { numRuns: 500 },
    );
  });

  test("ordinary words are shown as they come", () => {
    expect(shownInPieces(["Hel", "lo, wor", "ld. 你", "好"])).toEqual(["Hel", "lo, wor", "ld. 你", "好", ""]);
  });

  test("a run without end is not held for ever", () => {
    const [, ...shown] = shownInPieces(["sk-", ...Array.from({ length: 40 }, () => "a".repeat(1_000))]);
    expect(shown.filter((piece) => piece !== "").length).toBeGreaterThan(1);
  });
});
