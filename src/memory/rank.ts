// A light second look at what a search found: who is asked about, what is only a question, what is newer. Small nudges on the
// engine's score; never so much that age hides what fits.

import type { SearchHit } from "../core/log-search.ts";

const NAMED_SPEAKER = 0.2;
const ONLY_A_QUESTION = 0.2;
const NEWNESS = 0.1;
const PIECES_PER_STEP_MAX = 2;
const NAME_CHARS_MIN = 2;

export function rankHits(hits: readonly SearchHit[], question: string, limit: number): readonly SearchHit[] {
  const asked = question.normalize("NFKC").toLowerCase();
  const best = Math.max(...hits.map((hit) => hit.score), Number.MIN_VALUE);
  const oldest = Math.min(...hits.map((hit) => hit.at));
  const span = Math.max(...hits.map((hit) => hit.at)) - oldest;
  const value = (hit: SearchHit): number =>
    hit.score / best +
    (isNamed(hit.speaker, asked) ? NAMED_SPEAKER : 0) -
    (hit.isQuestion ? ONLY_A_QUESTION : 0) +
    (span > 0 ? (NEWNESS * (hit.at - oldest)) / span : 0);
  const ranked = hits
    .map((hit) => ({ hit, value: value(hit) }))
    .toSorted((a, b) => b.value - a.value || b.hit.at - a.hit.at || b.hit.start - a.hit.start);
  return fewOfEachStep(ranked.map(({ hit }) => hit)).slice(0, limit);
}

function isNamed(speaker: string, asked: string): boolean {
  const name = speaker.normalize("NFKC").toLowerCase();
  return name.length >= NAME_CHARS_MIN && asked.includes(name);
}

/** One long text must not be the whole answer. */
function fewOfEachStep(hits: readonly SearchHit[]): readonly SearchHit[] {
  const taken = new Map<string, number>();
  return hits.filter(({ task, n }) => {
    const step = `${task}.${n}`;
    const count = taken.get(step) ?? 0;
    taken.set(step, count + 1);
    return count < PIECES_PER_STEP_MAX;
  });
}
