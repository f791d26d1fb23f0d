// What code carries over a compaction, so that no model has to remember it: what people said, identifiers, decisions, failures.
// More is kept than is shown; what is shown is chosen anew each time, what weighs more before what is merely newer.

import type { CarriedIdentifier, CarriedMessage, Carry } from "../core/compaction.ts";
import type { Step } from "../core/step.ts";
import type { Speak } from "./conversation.ts";
import { findIdentifiers } from "./identifiers.ts";
import { outstandingLines, withoutRoutine } from "./routine-lines.ts";
import { gistOf, sentencesOf, spokenIn, weightOf, wordsOf } from "./sentences.ts";
import { estimateTokens } from "./token-estimate.ts";
import { safeSlice } from "./view.ts";

const KEPT_MAX = { said: 300, identifiers: 600, decisions: 200, failures: 40 };
const CHARS_MAX = { said: 1_500, decision: 240, failure: 240, line: 160 };
const SCANNED_CHARS_MAX = 64_000;
/** More of one sort in one text is a list: what it holds can be looked up. */
const ALIKE_MAX = 4;
const LINES_A_RESULT = 4;
const DECISION_WEIGHT = 3;
/** Of the budget for the whole history. */
const SHARES = { said: 0.15, identifiers: 0.08, decisions: 0.03, failures: 0.03 };
/** Of what people said, this much by its age alone: what they talk about just now. */
const NEWEST_SHARE = 0.3;
/** How much lighter the oldest is than the newest. */
const AGE_WEIGHT = 1;
const RARE_MAX = 4;
/** Of the identifiers, this much is for what tools showed, and no more than this for values that no longer hold. */
const TOOLS_SHARE = 0.5;
const SUPERSEDED_SHARE = 0.15;

/** What the steps add to what was carried before. */
export function extendCarry(before: Carry, steps: readonly Step[], speak: Speak): Carry {
  const said = [...before.said];
  const decisions = [...before.decisions];
  const failures = [...before.failures];
  const identifiers = new Map(before.identifiers.map((identifier) => [identifier.text, identifier]));
  const results = steps.flatMap(({ body }) =>
    body.kind === "call" && body.result?.status === "ok" ? [body.result.text.slice(0, SCANNED_CHARS_MAX)] : [],
  );
  const outstanding = outstandingLines(results).values();
  for (const { body } of steps) {
    if (body.kind === "said") {
      const text = gistOf(body.text.slice(0, SCANNED_CHARS_MAX), CHARS_MAX.said);
      said.push({ by: speak({ ...body, text: "" }), text });
      for (const sentence of spokenIn(withoutRoutine(body.text.slice(0, SCANNED_CHARS_MAX))))
        addIdentifiers(identifiers, sentence, weightOf(sentence) >= 1 ? "person" : "model");
    } else if (body.kind === "reply") {
      addIdentifiers(identifiers, body.text.slice(0, SCANNED_CHARS_MAX), "model");
      decisions.push(...decisionsIn(body.text));
    } else if (body.kind === "call" && body.result) {
      const { status, text } = body.result;
      if (status === "ok") addLines(identifiers, outstanding.next().value ?? []);
      else failures.push(shorten(`${body.name}(${JSON.stringify(body.arguments)}): ${text}`, CHARS_MAX.failure));
    }
  }
  return {
    said: lasting(said),
    decisions: distinct(decisions).slice(-KEPT_MAX.decisions),
    failures: distinct(failures).slice(-KEPT_MAX.failures),
    identifiers: [...identifiers.values()].slice(-KEPT_MAX.identifiers),
  };
}

/** When they become too many, those go that say least, the older first. */
function lasting(said: readonly CarriedMessage[]): readonly CarriedMessage[] {
  if (said.length <= KEPT_MAX.said) return said;
  const weights = new Map<number, number>();
  for (const { place, weight } of weighed(said)) weights.set(place, Math.max(weight, weights.get(place) ?? weight));
  const order = [...weights.keys()].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
  const kept = new Set(order.slice(0, KEPT_MAX.said));
  return said.filter((_, place) => kept.has(place));
}

/** Each at the place of its latest mention. */
const distinct = (lines: readonly string[]): readonly string[] => [...new Set(lines.toReversed())].toReversed();

const decisionsIn = (text: string): readonly string[] =>
  sentencesOf(text.slice(0, SCANNED_CHARS_MAX))
    .filter((sentence) => weightOf(sentence) >= DECISION_WEIGHT)
    .map((sentence) => shorten(sentence, CHARS_MAX.decision));

type Identifiers = Map<string, CarriedIdentifier>;

/**
 * A text seen again is as new as its latest mention; a key's later value marks the earlier ones as superseded. What somebody
 * only asks about weighs like the model's words.
 */
function addIdentifiers(known: Identifiers, text: string, from: "person" | "model"): void {
  for (const { text: found, key, alike, isWeak } of findIdentifiers(text)) {
    if (alike > ALIKE_MAX || (isWeak && from === "model")) continue;
    const strongest = known.get(found)?.from === "person" ? "person" : from;
    if (key !== undefined) supersede(known, key, found);
    known.delete(found);
    known.set(found, { text: found, from: strongest, ...(key === undefined ? {} : { key }) });
  }
}

function supersede(known: Identifiers, key: string, text: string): void {
  for (const one of known.values())
    if (one.key === key && one.text !== text) known.set(one.text, { ...one, isSuperseded: true });
}

/** Of a tool's result the lines that stand out and hold a value, as they are: a number alone tells nothing. */
function addLines(known: Identifiers, lines: readonly string[]): void {
  const valued = lines.filter((line) => /\d{2}|[:=]\s*\S/.test(line)).slice(0, LINES_A_RESULT);
  for (const line of valued) {
    const text = shorten(line, CHARS_MAX.line);
    known.delete(text);
    known.set(text, { text, from: "tool" });
  }
}

const shorten = (text: string, chars: number): string =>
  text.length <= chars ? text : `${safeSlice(text, chars - 1)}…`;

/** As much of it as may be shown; `budgetTokens` is what the whole history may have. */
export function renderCarry({ said, identifiers, decisions, failures }: Carry, budgetTokens: number): string {
  const saidText = weightiest(said, budgetTokens * SHARES.said);
  const missing = identifiers.filter(({ text }) => !saidText.includes(text));
  const shown = identifiersWithin(missing, budgetTokens * SHARES.identifiers);
  const names = (isSuperseded: boolean): string =>
    shown.flatMap((one) => ((one.isSuperseded ?? false) === isSuperseded ? [one.text] : [])).join(" | ");
  return [
    block("said", saidText),
    block("your-decisions", newest(decisions, budgetTokens * SHARES.decisions)),
    block("identifiers", names(false)),
    block("superseded", names(true)),
    block("failures", newest(failures, budgetTokens * SHARES.failures)),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** The newest messages as they are, then of the older ones the heaviest sentences; all in their order. */
function weightiest(said: readonly CarriedMessage[], tokens: number): string {
  const sentences = weighed(said);
  const order = sentences.toReversed();
  const recent = within(order, tokens * NEWEST_SHARE, ({ text }) => text, true);
  const rest = order.filter((one) => !recent.has(one)).sort((a, b) => b.weight - a.weight);
  const shown = within([...recent, ...rest], tokens, ({ text }) => text);
  // Whichever of their sentences are left, it is told whose they are.
  const lines = said.map(({ by }, place) => {
    const left = sentences.filter((one) => one.place === place && shown.has(one)).map(({ text }) => text);
    return left.length > 0 ? by + left.join(" ") : "";
  });
  return lines.filter((line) => line !== "").join("\n");
}

interface Weighed {
  readonly text: string;
  readonly weight: number;
  /** Of its message. */
  readonly place: number;
}

/** What is said later about a thing that is seldom spoken of weighs no less than what was said of it before. */
function weighed(said: readonly CarriedMessage[]): readonly Weighed[] {
  const sentences = said.flatMap((message, place) => sentencesOf(message.text).map((text) => ({ text, place })));
  const words = sentences.map(({ text }) => wordsOf(text));
  const counts = new Map<string, number>();
  for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const heaviest = new Map<string, number>();
  return sentences.map(({ text, place }, index) => {
    const all = words[index] ?? [];
    const rare = all.filter((word) => (counts.get(word) ?? 0) <= RARE_MAX);
    const plain = weightOf(text);
    // What is said in the same words every day is no news.
    const own = plain === 0 ? 0 : plain + rare.length / Math.max(1, all.length);
    const weight = plain === 0 ? 0 : Math.max(own, ...rare.map((word) => heaviest.get(word) ?? 0));
    for (const word of rare) heaviest.set(word, weight);
    const age = 1 - (place + 1) / said.length;
    return { text, place, weight: weight - age * AGE_WEIGHT };
  });
}

/** People's own before the model's; what either leaves free is the tools', and the other way round. */
function identifiersWithin(all: readonly CarriedIdentifier[], tokens: number): readonly CarriedIdentifier[] {
  const newestFirst = all.toReversed();
  const of = (from: CarriedIdentifier["from"]) => newestFirst.filter((one) => one.from === from && !one.isSuperseded);
  const textOf = ({ text }: CarriedIdentifier): string => text;
  const said = [...of("person"), ...of("model")];
  const tools = rareFirst(of("tool"));
  const superseded = within(
    newestFirst.filter((one) => one.isSuperseded),
    tokens * SUPERSEDED_SHARE,
    textOf,
  );
  const first = [...within(said, tokens * (1 - TOOLS_SHARE), textOf), ...within(tools, tokens * TOOLS_SHARE, textOf)];
  const shown = within([...first, ...tools, ...said, ...superseded], tokens, textOf);
  return all.filter((one) => shown.has(one));
}

/** What tools show again and again tells less than what they showed once. */
function rareFirst(lines: readonly CarriedIdentifier[]): readonly CarriedIdentifier[] {
  const outstanding = outstandingLines(lines.map(({ text }) => text));
  const isRare = (place: number): boolean => (outstanding[place]?.length ?? 0) > 0;
  return [...lines.filter((_, place) => isRare(place)), ...lines.filter((_, place) => !isRare(place))];
}

function newest(lines: readonly string[], tokens: number): string {
  const shown = within(lines.toReversed(), tokens, (line) => line);
  return lines.filter((line) => shown.has(line)).join("\n");
}

/** The first ones that fit together; `isUnbroken`: none after one that does not fit. */
function within<T>(
  ordered: readonly T[],
  tokens: number,
  textOf: (one: T) => string,
  isUnbroken = false,
): ReadonlySet<T> {
  const shown = new Set<T>();
  let used = 0;
  for (const one of ordered) {
    if (shown.has(one)) continue;
    const cost = estimateTokens(textOf(one)) + 2;
    if (used + cost > tokens && isUnbroken) break;
    if (used + cost > tokens) continue;
    used += cost;
    shown.add(one);
  }
  return shown;
}

const block = (name: string, text: string): string => (text === "" ? "" : `<${name}>\n${text}\n</${name}>`);
