// Which tokenizer a model counts with, told by its name. Families, not models: within one the counts are the same.

/** `o200k`: OpenAI since gpt-4o. `cl100k`: before. `claude-3`: Claude 3 to 4.6. `claude-4.7`: Claude since Opus 4.7. */
export type TokenFamily = "o200k" | "cl100k" | "claude-3" | "claude-4.7";

/** A model nobody knows is counted as the family that finds most tokens: too early a compaction costs less than too late a one. */
const DEAREST: TokenFamily = "claude-4.7";

/**
 * The same text, at most so many times as long in another family (Chinese is dear in cl100k, English in the newest Claude).
 * Measured on whole texts; the reserve is for single lines.
 */
const TIMES_LONGER: Readonly<Record<TokenFamily, Readonly<Record<TokenFamily, number>>>> = {
  o200k: { o200k: 1, cl100k: 1.5, "claude-3": 1.36, "claude-4.7": 1.57 },
  cl100k: { o200k: 1, cl100k: 1, "claude-3": 1.21, "claude-4.7": 1.57 },
  "claude-3": { o200k: 1, cl100k: 1.12, "claude-3": 1, "claude-4.7": 1.46 },
  "claude-4.7": { o200k: 1, cl100k: 1.12, "claude-3": 1, "claude-4.7": 1 },
};

const NAME_CHARS_MAX = 200;
/** Both orders of words: `claude-sonnet-4-5-20250929`, `claude-3-5-sonnet`; a date is no version. */
const CLAUDE = /claude-(?:[a-z]{1,20}-)?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?/;
const NEW_CLAUDE = { major: 4, minor: 7 };
const OLD_OPENAI = /gpt-(?:3|4(?:-|$))/;
const OPENAI = /gpt-|(?:^|\/)o\d/;
/** Vocabularies of the same make and size as o200k; their Chinese is cheaper still. */
const LIKE_OPENAI = /deepseek|qwen/;

/** `provider/model`, as the configuration names it. */
export function familyOf(modelName: string): TokenFamily {
  const name = modelName.slice(0, NAME_CHARS_MAX).toLowerCase();
  const claude = CLAUDE.exec(name);
  if (claude) {
    const major = Number(claude[1]);
    const minor = Number(claude[2] ?? 0);
    const isNew = major > NEW_CLAUDE.major || (major === NEW_CLAUDE.major && minor >= NEW_CLAUDE.minor);
    return isNew ? "claude-4.7" : "claude-3";
  }
  if (OLD_OPENAI.test(name)) return "cl100k";
  return OPENAI.test(name) || LIKE_OPENAI.test(name) ? "o200k" : DEAREST;
}

/** What was counted as `counted` can be so many times as long for this model. */
export function timesLonger(counted: TokenFamily, modelName: string): number {
  return TIMES_LONGER[counted][familyOf(modelName)];
}
