// What an image costs with a family of models, by the vendors' own rules from its size in pixels, or the most it can cost.
// Looked up 2026-11-21 in the vendors' guides to images; both resize what is too large before they count.

import type { Image } from "../core/message.ts";
import { type ImageSize, imageSize } from "./image-size.ts";
import type { TokenFamily } from "./token-family.ts";

const CLAUDE_PATCH_PX = 28;
/** The longer edge and the patches an image is resized to. Older models spend up to 1,600 with a note on the resizing. */
const CLAUDE_LIMITS = {
  "claude-3": { edgePxMax: 1_568, tokensMax: 1_600 },
  "claude-4.7": { edgePxMax: 2_576, tokensMax: 4_784 },
} as const;

const OPENAI_PATCH_PX = 32;
/** The models from 5.6 on take an image as it is and refuse it above this. */
const OPENAI_PATCHES_MAX = 30_000;
const OPENAI_TOKENS_A_PATCH = 1.2;
/** The small models pay more for a patch, but resize to few of them. */
const OPENAI_SMALL = { patchesMax: 1_536, tokensAPatch: 1.62 };
const OPENAI_TILES = { boxPx: 2_048, shortEdgePx: 768, tilePx: 512, base: 85, tokensATile: 170, tilesMax: 8 };

/** Where the header cannot be read. OpenAI's newest models know no maximum but a refusal: the budget of those before them. */
const UNKNOWN_SIZE_TOKENS: Readonly<Record<TokenFamily, number>> = {
  o200k: 10_000 * OPENAI_TOKENS_A_PATCH,
  cl100k: OPENAI_TILES.base + OPENAI_TILES.tilesMax * OPENAI_TILES.tokensATile,
  "claude-3": CLAUDE_LIMITS["claude-3"].tokensMax,
  "claude-4.7": CLAUDE_LIMITS["claude-4.7"].tokensMax,
};

export function imageTokens({ base64 }: Image, family: TokenFamily): number {
  const size = imageSize(base64);
  return size ? sizeTokens(size, family) : UNKNOWN_SIZE_TOKENS[family];
}

function sizeTokens(size: ImageSize, family: TokenFamily): number {
  switch (family) {
    case "claude-3":
    case "claude-4.7":
      return claudeTokens(size, CLAUDE_LIMITS[family]);
    case "cl100k":
      return tileTokens(size);
    case "o200k":
      // The family has models of all three rules: the dearest of them.
      return Math.max(tileTokens(size), patchTokens(size));
  }
}

function claudeTokens(size: ImageSize, { edgePxMax, tokensMax }: { edgePxMax: number; tokensMax: number }): number {
  const { width, height } = scaled(size, edgePxMax / Math.max(size.width, size.height));
  return Math.min(tokensMax, patchesOf({ width, height }, CLAUDE_PATCH_PX));
}

function patchTokens(size: ImageSize): number {
  const patches = Math.min(OPENAI_PATCHES_MAX, patchesOf(size, OPENAI_PATCH_PX));
  const small = Math.min(OPENAI_SMALL.patchesMax, patches) * OPENAI_SMALL.tokensAPatch;
  return Math.ceil(Math.max(small, patches * OPENAI_TOKENS_A_PATCH));
}

function tileTokens(size: ImageSize): number {
  const { boxPx, shortEdgePx, tilePx, base, tokensATile } = OPENAI_TILES;
  const boxed = scaled(size, boxPx / Math.max(size.width, size.height));
  const shown = scaled(boxed, shortEdgePx / Math.min(boxed.width, boxed.height));
  return base + patchesOf(shown, tilePx) * tokensATile;
}

/** Never made larger. */
function scaled({ width, height }: ImageSize, factor: number): ImageSize {
  const shrink = Math.min(1, factor);
  return { width: width * shrink, height: height * shrink };
}

const patchesOf = ({ width, height }: ImageSize, patchPx: number): number =>
  Math.ceil(width / patchPx) * Math.ceil(height / patchPx);
