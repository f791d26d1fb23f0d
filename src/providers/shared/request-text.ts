// The body of a request as text, byte for byte as JSON.stringify would write it. Most of it are the tools, and they are the same in every
// request: each is written once.

import { onceFor } from "../../lib/once-for.ts";

const toolText = onceFor((tool: object) => JSON.stringify(tool));

export function requestText(body: { readonly tools?: readonly object[] | undefined }): string {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  const texts = entries.map(([name, value]) => `${JSON.stringify(name)}:${valueText(name, value)}`);
  return `{${texts.join(",")}}`;
}

const valueText = (name: string, value: unknown): string =>
  name === "tools" && Array.isArray(value) ? `[${value.map(toolText).join(",")}]` : JSON.stringify(value);
