// Estimates made better by what vendors report: what a session's last request really had, plus an estimate of what came since,
// corrected by a running ratio a model. Only a help: without it the plain estimate stands, with a larger reserve.

import type { SessionKey } from "../core/message.ts";
import type { Usage } from "../core/model.ts";
import type { RequestWeight } from "./request-tokens.ts";

export interface RequestEstimate {
  readonly tokens: number;
  /** What the estimate can be off by; to be kept free. */
  readonly reserveShare: number;
}

export interface TokenAnchors {
  estimate(model: string, session: SessionKey, weight: RequestWeight): RequestEstimate;
  /** Of a request that was answered, with the weight it was sent with. What failed or was stopped reports no whole number. */
  record(model: string, session: SessionKey, weight: RequestWeight, usage: Usage): void;
  /** After a compaction the next request is no continuation of the last. */
  forget(session: SessionKey): void;
}

export interface TokenAnchorOptions {
  readonly sessionsMax: number;
  readonly modelsMax: number;
}

/** A session's last request. The texts themselves are not kept: a prefix that weighs the same is the same. */
interface Anchor {
  readonly model: string;
  readonly fixed: number;
  readonly itemCount: number;
  readonly itemsWeight: number;
  readonly actual: number;
}

const RESERVE_ANCHORED = 0.03;
const RESERVE_PLAIN = 0.1;
const RATIO_STEP = 0.3;
/** One odd report (a proxy that counts otherwise, an empty answer) must not spoil what follows. */
const RATIO_MIN = 0.5;
const RATIO_MAX = 2;
const DEFAULTS: TokenAnchorOptions = { sessionsMax: 2_000, modelsMax: 100 };

export function createTokenAnchors({ sessionsMax, modelsMax }: TokenAnchorOptions = DEFAULTS): TokenAnchors {
  const anchors = new Map<SessionKey, Anchor>();
  const ratios = new Map<string, number>();
  return {
    estimate(model, session, weight) {
      const ratio = ratios.get(model) ?? 1;
      const anchor = anchors.get(session);
      const plain = total(weight);
      if (anchor?.model !== model || !isContinued(anchor, weight)) {
        return { tokens: Math.ceil(plain * ratio), reserveShare: RESERVE_PLAIN };
      }
      const added = (plain - anchor.fixed - anchor.itemsWeight) * ratio;
      const tokens = Math.ceil(anchor.actual + added);
      // Much that is new is as uncertain as if all were.
      return { tokens, reserveShare: Math.max(RESERVE_ANCHORED, (RESERVE_PLAIN * added) / tokens) };
    },
    record(model, session, weight, usage) {
      const actual = usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens;
      const plain = total(weight);
      if (!Number.isFinite(actual) || actual <= 0 || plain <= 0) return;
      const ratio = ratios.get(model) ?? 1;
      const seen = Math.min(RATIO_MAX, Math.max(RATIO_MIN, actual / plain));
      putLast(ratios, model, ratio + RATIO_STEP * (seen - ratio), modelsMax);
      const { fixed, items } = weight;
      const anchor = { model, fixed, itemCount: items.length, itemsWeight: sum(items), actual };
      putLast(anchors, session, anchor, sessionsMax);
    },
    forget(session) {
      anchors.delete(session);
    },
  };
}

function isContinued({ fixed, itemCount, itemsWeight }: Anchor, weight: RequestWeight): boolean {
  return (
    weight.fixed === fixed && weight.items.length >= itemCount && sum(weight.items.slice(0, itemCount)) === itemsWeight
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
const total = ({ fixed, items }: RequestWeight): number => fixed + sum(items);

/** The entry that was not written for longest makes room. */
function putLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
