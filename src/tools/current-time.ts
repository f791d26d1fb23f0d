// The tool that tells the time: the prompt must not hold it, since it has to stay the same from turn to turn.

import type { Tool } from "../core/tool.ts";

export const currentTime: Tool = {
  name: "current_time",
  description:
    "The current date and time, in UTC and, if a time zone is given (IANA name such as Asia/Shanghai), there.",
  capabilities: [],
  isRepeatable: true,
  isParallel: true,
  parameters: {
    type: "object",
    properties: { timeZone: { type: "string", maxLength: 64, description: "IANA time zone, e.g. Europe/Berlin" } },
    additionalProperties: false,
  },
  run: async ({ timeZone }, { clock }) => {
    const now = new Date(clock.now());
    if (typeof timeZone !== "string") return now.toISOString();
    return `${now.toISOString()} (UTC); ${inZone(now, timeZone)} (${timeZone})`;
  },
};

function inZone(now: Date, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", timeZone }).format(now);
  } catch {
    throw new Error(`There is no time zone ${timeZone}; use an IANA name such as Asia/Shanghai.`);
  }
}
