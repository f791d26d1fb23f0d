// What code carries over a compaction, so that no model has to remember it: what people said, identifiers, decisions, failures.
// More is kept than is shown; what is shown is chosen anew each time, what weighs more before what is merely newer.

import type { CarriedIdentifier, Carry } from "../core/compaction.ts";
import type { Step } from "../core/step.ts";
import type { Speak } from "./conversation.ts";
import { type FoundIdentifier, findIdentifiers } from "./identifiers.ts";
import { estimateTokens } from "./token-estimate.ts";
import { safeSlice } from "./view.ts";

const KEPT_MAX = { said: 400, identifiers: 400, decisions: 200, failures: 40 };
const CHARS_MAX = { said: 500, decision: 240, failure: 240 };
const SCANNED_CHARS_MAX = 64_000;
/** Of one tool result: the rarest of what it holds. */
const IDENTIFIERS_A_RESULT = 12;
/** Of the budget for the whole history. */
const SHARES = { said: 0.12, identifiers: 0.06, decisions: 0.06, failures: 0.03 };

const DECISION =
  /\b(?:decid|agree|conclu|we(?:'ll| will| should| must)|let'?s|must(?: not)?|never|always|prefer|instead of|because|todo|to do|deadline|remember|from now on|please (?:use|do not|don't|always|never))/i;
const DECISION_ZH =
  /决定|同意|结论|必须|不要|不能|一定|总是|偏好|喜欢|改为|改成|换成|因为|待办|截止|记住|以后|请(?:用|勿|不要|务必)|负责/;

/** What the steps add to what was carried before. */
export function extendCarry(before: Carry, steps: readonly Step[], speak: Speak): Carry {
  const said = [...before.said];
  const decisions = [...before.decisions];
  const failures = [...before.failures];
  const identifiers = new Map(before.identifiers.map((identifier) => [identifier.text, identifier]));
  for (const { body } of steps) {
    if (body.kind === "said") {
      said.push(shorten(speak(body), CHARS_MAX.said));
      addIdentifiers(identifiers, findIdentifiers(body.text.slice(0, SCANNED_CHARS_MAX)), "person");
      decisions.push(...decisionsIn(body.text));
    } else if (body.kind === "reply") {
      addIdentifiers(identifiers, findIdentifiers(body.text.slice(0, SCANNED_CHARS_MAX)), "model");
      decisions.push(...decisionsIn(body.text));
    } else if (body.kind === "call" && body.result) {
      const { status, text } = body.result;
      if (status === "ok") addIdentifiers(identifiers, rarest(text), "tool");
      else failures.push(shorten(`${body.name}(${JSON.stringify(body.arguments)}): ${text}`, CHARS_MAX.failure));
    }
  }
  return {
    said: said.slice(-KEPT_MAX.said),
    decisions: [...new Set(decisions.toReversed())].slice(0, KEPT_MAX.decisions).toReversed(),
    failures: [...new Set(failures.toReversed())].slice(0, KEPT_MAX.failures).toReversed(),
    identifiers: heaviest([...identifiers.values()], KEPT_MAX.identifiers),
  };
}

function decisionsIn(text: string): readonly string[] {
  return text
    .slice(0, SCANNED_CHARS_MAX)
    .split(/(?<=[.!?。！？\n])\s*/)
    .filter((sentence) => sentence.length > 8 && (DECISION.test(sentence) || DECISION_ZH.test(sentence)))
    .map((sentence) => shorten(sentence.trim(), CHARS_MAX.decision));
}

const rarest = (text: string): readonly FoundIdentifier[] =>
  findIdentifiers(text.slice(0, SCANNED_CHARS_MAX))
    .toSorted((a, b) => a.alike - b.alike)
    .slice(0, IDENTIFIERS_A_RESULT);

/** A text seen again is as new as its latest mention; a key's later value marks the earlier ones as superseded. */
function addIdentifiers(
  known: Map<string, CarriedIdentifier>,
  found: readonly FoundIdentifier[],
  from: CarriedIdentifier["from"],
): void {
  for (const { text, key } of found) {
    const earlier = known.get(text);
    const strongest = earlier && rank[earlier.from] > rank[from] ? earlier.from : from;
    if (key !== undefined) supersede(known, key, text, from);
    known.delete(text);
    known.set(text, { text, from: strongest, ...(key === undefined ? {} : { key }) });
  }
}

/** What a tool shows does not overrule what a person said. */
function supersede(
  known: Map<string, CarriedIdentifier>,
  key: string,
  text: string,
  from: CarriedIdentifier["from"],
): void {
  for (const one of known.values()) {
    if (one.key !== key || one.text === text || rank[one.from] > rank[from]) continue;
    if (one.from === "tool") known.delete(one.text);
    else known.set(one.text, { ...one, isSuperseded: true });
  }
}

const rank: Readonly<Record<CarriedIdentifier["from"], number>> = { person: 3, model: 2, tool: 1 };

/** People's own first, then the model's, then the tools'; of each the newest. In their order. */
function heaviest(all: readonly CarriedIdentifier[], max: number): readonly CarriedIdentifier[] {
  const kept = new Set(byWeight(all).slice(0, max));
  return all.filter((identifier) => kept.has(identifier));
}

const byWeight = (all: readonly CarriedIdentifier[]): readonly CarriedIdentifier[] =>
  all.toReversed().toSorted((a, b) => rank[b.from] - rank[a.from]);

const shorten = (text: string, chars: number): string =>
  text.length <= chars ? text : `${safeSlice(text, chars - 1)}…`;

/** As much of it as may be shown; `budgetTokens` is what the whole history may have. */
export function renderCarry({ said, identifiers, decisions, failures }: Carry, budgetTokens: number): string {
  const shown = within(byWeight(identifiers), budgetTokens * SHARES.identifiers, ({ text }) => text);
  const names = (isSuperseded: boolean): string =>
    identifiers
      .filter((identifier) => shown.has(identifier) && (identifier.isSuperseded ?? false) === isSuperseded)
      .map((identifier) => identifier.text)
      .join(" | ");
  return [
    block("said", newest(said, budgetTokens * SHARES.said)),
    block("decisions", newest(decisions, budgetTokens * SHARES.decisions)),
    block("identifiers", names(false)),
    block("superseded", names(true)),
    block("failures", newest(failures, budgetTokens * SHARES.failures)),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function newest(lines: readonly string[], tokens: number): string {
  const places = [...lines.keys()].toReversed();
  const shown = within(places, tokens, (place) => lines[place] ?? "");
  return lines.filter((_, place) => shown.has(place)).join("\n");
}

/** The first ones that fit together. */
function within<T>(ordered: readonly T[], tokens: number, textOf: (one: T) => string): ReadonlySet<T> {
  const shown = new Set<T>();
  let used = 0;
  for (const one of ordered) {
    const cost = estimateTokens(textOf(one)) + 2;
    if (used + cost > tokens) continue;
    used += cost;
    shown.add(one);
  }
  return shown;
}

const block = (name: string, text: string): string => (text === "" ? "" : `<${name}>\n${text}\n</${name}>`);
