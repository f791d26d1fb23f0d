// The heart of "no missing and no doubled text": a reader's place, whatever happens to the session, the line or the process.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventReader, idOf, placeOf, type WireEvent } from "../../../src/channels/web/event-reader.ts";
import { assemble } from "./onlooker.ts";
import { SESSION, SessionStory } from "./session-story.ts";

/** A person's page: what it has taken in, and the connection it reads from now. */
class Onlooker {
  readonly #story: SessionStory;
  #taken: WireEvent[] = [];
  #reader: EventReader;

  constructor(story: SessionStory) {
    this.#story = story;
    this.#reader = this.#connect();
  }

  get taken(): readonly WireEvent[] {
    return this.#taken;
  }

  async read(): Promise<number> {
    const events = await this.#reader.read();
    this.#taken.push(...events);
    return events.length;
  }

  async readAll(): Promise<void> {
    while ((await this.read()) > 0);
  }

  /** The line breaks; the last so many events were sent, but did not arrive. */
  comeBack(missed: number): void {
    this.#taken = this.#taken.slice(0, Math.max(0, this.#taken.length - missed));
    this.#reader = this.#connect();
  }

  #connect(): EventReader {
    return new EventReader(SESSION, placeOf(this.#taken.at(-1)?.id ?? 0), this.#story, this.#story.live);
  }

  expectTruth(): void {
    const { committed, open } = assemble(this.#taken);
    expect(committed).toEqual(this.#story.committedTexts);
    if (!this.#story.isTextLeft) expect(open).toBe(this.#story.openText);
  }

  expectRisingIds(): void {
    const ids = this.#taken.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.every(Number.isSafeInteger)).toBe(true);
  }
}

type Act = (story: SessionStory) => void;

const piece = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }),
  // Half a character: vendors cut between the two halves of an emoji.
  fc.constantFrom("\ud83d", "\ude00", "\n\n", "中", "x".repeat(500)),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: piece.map(
      (text): Act =>
        (story) =>
          story.write(text),
    ),
  },
  { weight: 4, arbitrary: fc.constant<Act>((story) => story.start()) },
  { weight: 3, arbitrary: fc.constant<Act>((story) => story.message()) },
  {
    weight: 3,
    arbitrary: fc.nat(3).map(
      (calls): Act =>
        (story) =>
          story.reply(calls),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Act>((story) => story.answer()) },
  { weight: 2, arbitrary: fc.constant<Act>((story) => story.startTextAnew()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Act>(
      (story) => story.end("failed"),
      (story) => story.end("cancelled"),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Act>((story) => story.stopWaiting()) },
  { weight: 1, arbitrary: fc.constant<Act>((story) => story.join()) },
  { weight: 1, arbitrary: fc.constant<Act>((story) => story.command()) },
  { weight: 1, arbitrary: fc.constant<Act>((story) => story.putBack()) },
  // More than one read's worth at once.
  {
    weight: 1,
    arbitrary: fc.integer({ min: 95, max: 210 }).map(
      (count): Act =>
        (story) => {
          for (let index = 0; index < count; index += 1) story.command();
        },
    ),
  },
);

type Look =
  | { readonly do: "act"; readonly act: Act }
  | { readonly do: "crash" }
  | { readonly do: "read"; readonly who: number; readonly meanwhile: readonly Act[] }
  | { readonly do: "comeBack"; readonly who: number; readonly missed: number }
  | { readonly do: "catchUp"; readonly who: number };

const ONLOOKERS = 3;
const who = fc.nat(ONLOOKERS - 1);

const look: fc.Arbitrary<Look> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("act" as const), act }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      who,
      meanwhile: fc.array(act, { maxLength: 4, size: "max" }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("comeBack" as const), who, missed: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("catchUp" as const), who }) },
  { weight: 1, arbitrary: fc.constant<Look>({ do: "crash" }) },
);

async function watchTogether(looks: readonly Look[]): Promise<void> {
  const story = new SessionStory();
  const onlookers = Array.from({ length: ONLOOKERS }, () => new Onlooker(story));
  for (const one of looks) {
    if (one.do === "act") one.act(story);
    else if (one.do === "crash") {
      story.crash();
      for (const onlooker of onlookers) onlooker.comeBack(0);
    } else {
      const onlooker = onlookers[one.who];
      if (one.do === "comeBack") onlooker?.comeBack(one.missed);
      if (one.do === "catchUp") {
        await onlooker?.readAll();
        onlooker?.expectTruth();
      }
      if (one.do === "read") {
        story.meanwhile = () => {
          for (const happen of one.meanwhile) happen(story);
        };
        await onlooker?.read();
      }
    }
  }
  story.meanwhile = () => {};
  for (const onlooker of onlookers) {
    await onlooker.readAll();
    onlooker.expectTruth();
    onlooker.expectRisingIds();
  }
}

describe("whatever happens", () => {
  test("what onlookers put together is the text, none of it missing or doubled, and ids rise", async () => {
    await fc.assert(fc.asyncProperty(fc.array(look, { maxLength: 80, size: "max" }), watchTogether), {
      numRuns: 400,
    });
  });

  test("a place and its id are the same thing", () => {
    fc.assert(
      fc.property(fc.nat(900_000_000), fc.nat(9_999_999), (event, chars) => {
        expect(placeOf(idOf({ event, chars }))).toEqual({ event, chars });
        expect(Number.isSafeInteger(idOf({ event, chars }))).toBe(true);
      }),
    );
  });
});

describe("one by one", () => {
  const begin = (): { story: SessionStory; page: Onlooker } => {
    const story = new SessionStory();
    story.message();
    story.start();
    return { story, page: new Onlooker(story) };
  };

  test("text comes in pieces as it is written, and the event that commits it does not repeat it", async () => {
    const { story, page } = begin();
    story.write("Hello");
    await page.readAll();
    story.write(" Ann.");
    await page.readAll();
    story.answer();
    await page.readAll();
    expect(page.taken.map(({ type, fields }) => [type, fields.text])).toEqual([
      ["message_accepted", "hi"],
      ["execution_start", undefined],
      ["text_delta", "Hello"],
      ["text_delta", " Ann."],
      ["text_end", undefined],
      ["execution_complete", ""],
    ]);
  });

  test("who comes back in the middle of a text is given the rest of it, out of the draft or out of the committed reply", async () => {
    const { story, page } = begin();
    story.write("one two");
    await page.readAll();
    story.write(" three");
    const late = new Onlooker(story);
    await late.readAll();
    story.answer();
    page.comeBack(0);
    await page.readAll();
    late.comeBack(1);
    await late.readAll();
    for (const reader of [page, late]) {
      reader.expectTruth();
      reader.expectRisingIds();
    }
    expect(page.taken.filter(({ type }) => type === "text_delta").map(({ fields }) => fields.text)).toEqual([
      "one two",
      " three",
    ]);
  });

  test("a task that is stopped while it waits does not repeat the text of the one that writes", async () => {
    const { story, page } = begin();
    story.message();
    story.write("half a sen");
    await page.readAll();
    story.stopWaiting();
    story.write("tence");
    await page.readAll();
    expect(assemble(page.taken).open).toBe("half a sentence");
  });

  test("text from before a crash is void once the task begins again, also for who came back in between", async () => {
    const { story, page } = begin();
    story.write("from before");
    await page.readAll();
    story.crash();
    page.comeBack(0);
    await page.readAll();
    story.start();
    story.write("from");
    page.comeBack(0);
    await page.readAll();
    expect(assemble(page.taken).open).toBe("from");
  });

  test("a text that was opened behind what was read waits until that is read", async () => {
    const { story, page } = begin();
    story.write("first");
    await page.readAll();
    story.meanwhile = () => {
      story.reply(1);
      story.write("second");
    };
    await page.read();
    expect(page.taken.at(-1)).toMatchObject({ type: "text_delta", fields: { text: "first" } });
    await page.readAll();
    page.expectTruth();
  });

  test("what happens to others while a text is written keeps its place in it", async () => {
    const { story, page } = begin();
    story.write("a");
    await page.readAll();
    story.message();
    story.command();
    await page.readAll();
    page.comeBack(1);
    story.write("b");
    await page.readAll();
    page.expectTruth();
    page.expectRisingIds();
  });

  test("a reader takes a bounded number of events at once", async () => {
    const { story } = begin();
    for (let index = 0; index < 1_000; index += 1) story.command();
    const reader = new EventReader(SESSION, placeOf(0), story, story.live);
    expect((await reader.read()).length).toBeLessThanOrEqual(100);
  });
});
