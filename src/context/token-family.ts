// (placeholder, being written)
export type TokenFamily = "o200k" | "cl100k" | "claude-3" | "claude-4.7";
export const familyOf = (_model: string): TokenFamily => "claude-4.7";
