// A rough, high estimate of tokens without a tokenizer: linear, safe on any input. The Context issue brings the measured one.

const WIDE = /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]/gu;

export function estimateTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return Math.ceil(wide * 1.1 + (text.length - wide) / 3);
}
