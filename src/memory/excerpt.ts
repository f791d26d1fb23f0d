// The part of a text that shows why it was found: the window with the most of what was asked. Pure.

const EXCERPT_CHARS_MAX = 280;
const LEAD_CHARS = 60;
const PLACES_MAX = 200;

export interface Excerpt {
  /** Where it begins in the text. */
  readonly at: number;
  /** One line; an ellipsis where something is left out. */
  readonly text: string;
}

export function excerptOf(text: string, wanted: readonly string[]): Excerpt {
  if (text.length <= EXCERPT_CHARS_MAX) return { at: 0, text: flat(text) };
  const at = bestStart(text, wanted);
  const end = Math.min(text.length, at + EXCERPT_CHARS_MAX);
  const shown = flat(whole(text.slice(at, end)));
  return { at, text: `${at > 0 ? "…" : ""}${shown}${end < text.length ? "…" : ""}` };
}

interface Place {
  readonly at: number;
  readonly token: string;
}

function bestStart(text: string, wanted: readonly string[]): number {
  const lower = text.toLowerCase();
  const places = wanted.flatMap((token) => placesOf(lower, token)).toSorted((a, b) => a.at - b.at);
  let best = { at: 0, weight: 0 };
  const inside = new Map<string, number>();
  let first = 0;
  for (const place of places) {
    inside.set(place.token, (inside.get(place.token) ?? 0) + 1);
    for (let left = places[first]; left && place.at - left.at > EXCERPT_CHARS_MAX - LEAD_CHARS * 2; ) {
      const count = (inside.get(left.token) ?? 1) - 1;
      if (count === 0) inside.delete(left.token);
      else inside.set(left.token, count);
      first += 1;
      left = places[first];
    }
    const weight = [...inside.keys()].reduce((sum, token) => sum + token.length, 0);
    if (weight > best.weight) best = { at: places[first]?.at ?? 0, weight };
  }
  return Math.max(0, Math.min(best.at - LEAD_CHARS, text.length - EXCERPT_CHARS_MAX));
}

function placesOf(text: string, token: string): readonly Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf(token); at >= 0 && places.length < PLACES_MAX; at = text.indexOf(token, at + 1)) {
    places.push({ at, token });
  }
  return places;
}

const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

/** A window may begin or end in the middle of a character of two units. */
const whole = (text: string): string => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
