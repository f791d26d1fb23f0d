// What code carries over a compaction, so that no model has to remember it: what people said, identifiers, decisions, failures.
// Merged from compaction to compaction, each list within its share; the newest win, and people's words before tools'.

import type { CarriedIdentifier, Carry } from "../core/compaction.ts";
import type { Step } from "../core/step.ts";
import type { Speak } from "./conversation.ts";
import { findIdentifiers } from "./identifiers.ts";
import { estimateTokens } from "./token-estimate.ts";
import { safeSlice } from "./view.ts";

const SAID_CHARS_MAX = 500;
const DECISION_CHARS_MAX = 240;
const FAILURE_CHARS_MAX = 240;
const FAILURES_MAX = 12;
const SCANNED_CHARS_MAX = 64_000;

const DECISION =
  /\b(?:decid|agree|conclu|we(?:'ll| will| should| must)|let'?s|must(?: not)?|never|always|prefer|instead of|because|todo|to do|deadline|remember|from now on|please (?:use|do not|don't|always|never))/i;
const DECISION_ZH =
  /决定|同意|结论|必须|不要|不能|一定|总是|偏好|喜欢|改为|改成|换成|因为|待办|截止|记住|以后|请(?:用|勿|不要|务必)|负责/;

export interface CarryBudget {
  readonly said: number;
  readonly identifiers: number;
  readonly decisions: number;
}

/** What the steps add to what was carried before. */
export function extendCarry(before: Carry, steps: readonly Step[], speak: Speak, budget: CarryBudget): Carry {
  const said = [...before.said];
  const decisions = [...before.decisions];
  const failures = [...before.failures];
  let identifiers = [...before.identifiers];
  for (const { body } of steps) {
    if (body.kind === "said") {
      said.push(shorten(speak(body), SAID_CHARS_MAX));
      identifiers = addIdentifiers(identifiers, body.text, "person");
      decisions.push(...decisionsIn(body.text));
    } else if (body.kind === "reply") {
      identifiers = addIdentifiers(identifiers, body.text, "model");
      decisions.push(...decisionsIn(body.text));
    } else if (body.kind === "call" && body.result) {
      const { status, text } = body.result;
      if (status === "ok") identifiers = addIdentifiers(identifiers, text.slice(0, SCANNED_CHARS_MAX), "tool");
      else failures.push(shorten(`${body.name}(${JSON.stringify(body.arguments)}): ${text}`, FAILURE_CHARS_MAX));
    }
  }
  return {
    said: newestWithin(said, budget.said),
    decisions: newestWithin([...new Set(decisions)], budget.decisions),
    failures: [...new Set(failures)].slice(-FAILURES_MAX),
    identifiers: identifiersWithin(identifiers, budget.identifiers),
  };
}

function decisionsIn(text: string): readonly string[] {
  return text
    .slice(0, SCANNED_CHARS_MAX)
    .split(/(?<=[.!?。！？\n])\s*/)
    .filter((sentence) => sentence.length > 8 && (DECISION.test(sentence) || DECISION_ZH.test(sentence)))
    .map((sentence) => shorten(sentence.trim(), DECISION_CHARS_MAX));
}

/** A text seen again is as new as its latest mention; a key's later value marks the earlier ones as superseded. */
function addIdentifiers(
  known: readonly CarriedIdentifier[],
  text: string,
  from: CarriedIdentifier["from"],
): CarriedIdentifier[] {
  let result = [...known];
  for (const { text: found, key } of findIdentifiers(text)) {
    const earlier = result.find((one) => one.text === found);
    const strongest = earlier && rank[earlier.from] > rank[from] ? earlier.from : from;
    result = result
      .filter((one) => one.text !== found)
      .map((one) => (key !== undefined && one.key === key ? { ...one, isSuperseded: true } : one));
    result.push({ text: found, from: strongest, ...(key === undefined ? {} : { key }) });
  }
  return result;
}

const rank: Readonly<Record<CarriedIdentifier["from"], number>> = { person: 3, model: 2, tool: 1 };

function newestWithin(lines: readonly string[], tokens: number): readonly string[] {
  const kept: string[] = [];
  let used = 0;
  for (const line of lines.toReversed()) {
    used += estimateTokens(line) + 2;
    if (used > tokens) break;
    kept.push(line);
  }
  return kept.toReversed();
}

/** Half of the share is people's own; then what the model and the tools brought, newest first. */
function identifiersWithin(all: readonly CarriedIdentifier[], tokens: number): readonly CarriedIdentifier[] {
  const order = all
    .map((identifier, index) => ({ identifier, index }))
    .sort((a, b) => rank[b.identifier.from] - rank[a.identifier.from] || b.index - a.index);
  const kept = new Set<number>();
  let used = 0;
  for (const { identifier, index } of order) {
    const cost = estimateTokens(identifier.text) + 2;
    if (used + cost > tokens) continue;
    used += cost;
    kept.add(index);
  }
  return all.filter((_, index) => kept.has(index));
}

const shorten = (text: string, chars: number): string =>
  text.length <= chars ? text : `${safeSlice(text, chars - 1)}…`;

export function renderCarry({ said, identifiers, decisions, failures }: Carry): string {
  const names = (superseded: boolean): string =>
    identifiers
      .filter((identifier) => (identifier.isSuperseded ?? false) === superseded)
      .map((identifier) => identifier.text)
      .join(" | ");
  return [
    block("said", said.join("\n")),
    block("decisions", decisions.join("\n")),
    block("identifiers", names(false)),
    block("superseded", names(true)),
    block("failures", failures.join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

const block = (name: string, text: string): string => (text === "" ? "" : `<${name}>\n${text}\n</${name}>`);
