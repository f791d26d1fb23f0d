// What a failed wait prints: chats as people see them, the last calls, what was pushed and how that ended.

import type { ApiCall } from "./api/api-server.ts";
import type { Violation } from "./platform.ts";
import type { Delivery } from "./push/deliveries.ts";
import type { World } from "./world/world.ts";

const LAST = 15;

export interface ReportParts {
  readonly world: World;
  readonly deliveries: readonly Delivery[];
  readonly calls: readonly ApiCall[];
  readonly violations: readonly Violation[];
}

export function describeState({ world, deliveries, calls, violations }: ReportParts): string {
  const chats = [...world.chats.values()].flatMap((chat) => [
    `chat ${chat.mode} "${chat.name}"`,
    ...world.transcript(chat).map((line) => `  ${line.replaceAll("\n", "\n  ")}`),
  ]);
  const pushes = deliveries.slice(-LAST).map(({ eventType, state, attempts }) => {
    const tries = attempts
      .map(({ via, outcome, detail }) => `${via} ${outcome}${detail ? ` (${detail})` : ""}`)
      .join("; ");
    return `  ${eventType} ${state}: ${tries || "not tried"}`;
  });
  const recent = calls.slice(-LAST).map(({ number, operation, method, path, httpStatus, code, outcome }) => {
    return `  ${number} ${operation} ${method} ${path} -> ${outcome} ${httpStatus ?? ""} code ${code ?? "-"}`;
  });
  const breaches = violations.map(({ kind, detail }) => `  ${kind}: ${detail}`);
  return [...chats, "deliveries:", ...pushes, "calls:", ...recent, "violations:", ...breaches].join("\n");
}
