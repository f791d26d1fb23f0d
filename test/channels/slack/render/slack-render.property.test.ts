// Any Markdown as Slack messages: whole, within every limit, calling nobody. The limits stand here once more, from Slack's papers.

import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { restOfStream, STREAM_START } from "../../../../src/channels/shared/markdown-stream.ts";
import { compileSlack, degradeSlack, type SlackMessage } from "../../../../src/channels/slack/render/compile-slack.ts";
import { planStream } from "../../../../src/channels/slack/render/stream-slack.ts";
import { longDocument, smallDocument, soup } from "../../shared/markdown-documents.ts";
import { difference, readAsPlatform } from "../../shared/markdown-reading.ts";

const options = { mayMention: new Set(["UANN"]) };
const ADDRESS = /^(?:https?:\/\/|mailto:)/;

function expectNoCall(text: string): void {
  for (const read of [
    text,
    text.replace(/\\([!-/:-@[-`{-~])/g, "$1"),
    text.replace(/&#(?:60|x3c);/gi, "<").replace("&#33;", "!"),
  ]) {
    expect(read).not.toMatch(/<!/);
    expect(read).not.toMatch(/@(?:here|channel|everyone)/i);
    for (const [, user] of read.matchAll(/<@(\w*)/g)) expect(user).toBe("UANN");
  }
}

function expectValid(message: SlackMessage): void {
  expect(message.text.isWellFormed()).toBe(true);
  expect(message.text.length).toBeGreaterThan(0);
  expect(message.text.length).toBeLessThanOrEqual(4_000);
  expectNoCall(message.text);
  if (!message.blocks) return;
  const markdown = message.blocks.map((block) => block.text).join("\n");
  expect(message.blocks.every((block) => block.type === "markdown" && block.text !== "")).toBe(true);
  expect(markdown.length).toBeLessThanOrEqual(12_000);
  expect(markdown.isWellFormed()).toBe(true);
  expectNoCall(markdown);
  const reading = readAsPlatform(markdown);
  expect(reading.structures).toBeLessThanOrEqual(50);
  expect(reading.tables.every(({ rows, columns }) => rows <= 100 && columns <= 20)).toBe(true);
  expect(reading.tables.reduce((all, { characters }) => all + characters, 0)).toBeLessThanOrEqual(10_000);
  expect(reading.addresses.filter((address) => !ADDRESS.test(address))).toEqual([]);
  expect(reading).toMatchObject({ images: 0, hasHtml: false });
}

const unescaped = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function expectWhole(document: string): void {
  const parts = compileSlack(document, options);
  const plain = parts.map(degradeSlack);
  for (const message of [...parts.map((part) => part.message), ...plain.flat()]) expectValid(message);
  expect(difference(parts.map((part) => readAsPlatform(part.markdown).text).join(""), document)).toBe("");
  expect(
    difference(
      plain
        .flat()
        .map(({ text }) => unescaped(text))
        .join(""),
      document,
    ),
  ).toBe("");
}

/** Streams the document in pieces of these lengths, as a model would. */
function streamed(document: string, lengths: readonly number[]) {
  const messages: string[] = [];
  let state = STREAM_START;
  let shown = 0;
  for (let turn = 0; shown < document.length; turn += 1) {
    shown = Math.min(document.length, shown + (lengths[turn % lengths.length] ?? 1));
    const advance = planStream(document.slice(0, shown), state, options, shown === document.length);
    for (const { message, append } of advance.pieces) messages[message] = (messages[message] ?? "") + append;
    state = advance.state;
    if (turn === 3) {
      const rest = restOfStream(document.slice(0, shown), state);
      expect(difference([...messages, rest].join("\n"), document.slice(0, shown))).toBe("");
    }
  }
  return { messages, state };
}

function expectStreamed(document: string, lengths: readonly number[]): void {
  const { messages, state } = streamed(document, lengths);
  expect(state.consumed).toBe(document.length);
  expect(difference(messages.join(""), document)).toBe("");
  for (const message of messages) {
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(9_500);
    expect(message.isWellFormed()).toBe(true);
    expectNoCall(message);
  }
}

const wellFormed = (document: string) => document.toWellFormed();
const steps = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
const bigSteps = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 5 });

// The same documents each time: what others show is looked for by hand, with other seeds.
fc.configureGlobal({ seed: Number(process.env.DOCUMENT_SEED ?? 21) });
afterAll(() => fc.resetConfigureGlobal());

describe("Markdown for Slack", () => {
  test("small documents arrive whole and call nobody", () => {
    fc.assert(fc.property(smallDocument.map(wellFormed), expectWhole), { numRuns: 2_500 });
  });

  test("so does what is hardly Markdown", () => {
    fc.assert(fc.property(soup.map(wellFormed), expectWhole), { numRuns: 5_600 });
  });

  test("long documents are split, never cut", () => {
    fc.assert(fc.property(longDocument.map(wellFormed), expectWhole), { numRuns: 40 });
  });

  test("streams show all of it and take nothing back", () => {
    fc.assert(fc.property(smallDocument.map(wellFormed), steps, expectStreamed), { numRuns: 700 });
    fc.assert(fc.property(soup.map(wellFormed), steps, expectStreamed), { numRuns: 1_300 });
    fc.assert(fc.property(longDocument.map(wellFormed), bigSteps, expectStreamed), { numRuns: 30 });
  });

  test("the same document becomes the same messages", () => {
    fc.assert(
      fc.property(smallDocument, (document) => {
        expect(compileSlack(document, options)).toEqual(compileSlack(document, options));
      }),
      { numRuns: 200 },
    );
  });
});
