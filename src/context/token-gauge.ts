// How far the estimate of tokens is off, learned from what vendors report: for a session by its last request, else by a running
// ratio of its model. Only a help: without it the estimate stands as it is, with a larger reserve.

import type { SessionKey } from "../core/message.ts";
import type { Usage } from "../core/model.ts";

export interface Correction {
  /** Real tokens for each estimated one. */
  readonly ratio: number;
  /** What the corrected estimate can still be off by; to be kept free. */
  readonly reserveShare: number;
}

export interface TokenGauge {
  /** For a session whose requests may have so many estimated tokens. */
  correction(model: string, session: SessionKey, tokensMax: number): Correction;
  /** Of a request that was answered. What failed or was stopped reports no whole number. */
  record(model: string, session: SessionKey, estimated: number, usage: Usage): void;
  /** After a compaction the next request is no continuation of the last. */
  forget(session: SessionKey): void;
}

interface Anchor {
  readonly model: string;
  readonly estimated: number;
  readonly ratio: number;
}

const RESERVE_ANCHORED = 0.03;
const RESERVE_PLAIN = 0.1;
const RATIO_STEP = 0.3;
/** A report beyond these is no count of this request (a proxy that counts otherwise, a server that makes it up). */
const RATIO_MIN = 0.5;
const RATIO_MAX = 2;
const SESSIONS_MAX = 2_000;
const MODELS_MAX = 100;

export interface TokenGaugeParts {
  /** Of a model that has reported nothing yet. */
  readonly firstRatio: (model: string) => number;
  readonly sessionsMax?: number;
}

export function createTokenGauge({ firstRatio, sessionsMax = SESSIONS_MAX }: TokenGaugeParts): TokenGauge {
  const anchors = new Map<SessionKey, Anchor>();
  const ratios = new Map<string, number>();
  return {
    correction(model, session, tokensMax) {
      const anchor = anchors.get(session);
      if (anchor?.model !== model)
        return { ratio: ratios.get(model) ?? firstRatio(model), reserveShare: RESERVE_PLAIN };
      // What may still come is as uncertain as if nothing were known.
      const unknownShare = Math.max(0, 1 - anchor.estimated / tokensMax);
      return { ratio: anchor.ratio, reserveShare: Math.max(RESERVE_ANCHORED, RESERVE_PLAIN * unknownShare) };
    },
    record(model, session, estimated, { inputTokens, cachedInputTokens, cacheWriteTokens }) {
      const actual = inputTokens + cachedInputTokens + cacheWriteTokens;
      const ratio = actual / estimated;
      if (!(ratio >= RATIO_MIN && ratio <= RATIO_MAX)) return;
      const before = ratios.get(model) ?? firstRatio(model);
      putLast(ratios, model, before + RATIO_STEP * (ratio - before), MODELS_MAX);
      putLast(anchors, session, { model, estimated, ratio }, sessionsMax);
    },
    forget(session) {
      anchors.delete(session);
    },
  };
}

/** The entry that was not written for longest makes room. */
function putLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
