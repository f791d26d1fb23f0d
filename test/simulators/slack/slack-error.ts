// A refusal as the Web API words it: `ok: false`, a code, and for some the reasons in detail.

import type { Wire } from "./wire-shapes.ts";

export class SlackError extends Error {
  readonly code: string;
  readonly reasons: readonly string[];
  readonly extra: Wire;

  constructor(code: string, reasons: readonly string[] = [], extra: Wire = {}) {
    super(code);
    this.code = code;
    this.reasons = reasons;
    this.extra = extra;
  }

  get answer(): Wire {
    const metadata = this.reasons.length > 0 ? { response_metadata: { messages: this.reasons } } : {};
    return { ok: false, error: this.code, ...this.extra, ...metadata };
  }
}
