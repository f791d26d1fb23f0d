// The whole state in a few lines, for a wait that failed: what was said, called, delivered and done wrong.

import type { Delivery } from "./deliveries.ts";
import { visibleText } from "./visible-text.ts";
import type { Call } from "./web-api.ts";
import type { SlackWorld } from "./world.ts";

const LINES_MAX = 15;

export interface State {
  readonly world: SlackWorld;
  readonly calls: readonly Call[];
  readonly deliveries: readonly Delivery[];
  readonly violations: readonly { readonly rule: string; readonly detail: string }[];
  readonly sockets: number;
}

const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text).replaceAll("\n", " / ");

function section(title: string, lines: readonly string[]): readonly string[] {
  const shown = lines.slice(-LINES_MAX).map((line) => `  ${short(line)}`);
  return [`${title} (${lines.length}${lines.length > LINES_MAX ? `, the last ${LINES_MAX}` : ""}):`, ...shown];
}

export function describeState({ world, calls, deliveries, violations, sockets }: State): string {
  const messages = [...world.channels.values()].flatMap((channel) =>
    world.messages(channel.id).map((message) => {
      const thread = message.threadTs === undefined ? "" : ` in ${message.threadTs}`;
      return `#${channel.name} ${message.ts}${thread} ${world.user(message.userId).name}: ${visibleText(message)}`;
    }),
  );
  const called = calls.map(({ method, answer, fault }) => {
    const end = answer === undefined ? "no answer" : answer.ok === true ? "ok" : String(answer.error);
    return `${method}: ${end}${fault === undefined ? "" : ` (fault ${JSON.stringify(fault)})`}`;
  });
  const sent = deliveries.map(
    ({ type, eventId, state, attempts }) =>
      `${type} ${eventId ?? ""} ${state}: ${attempts.map(({ outcome }) => outcome).join(", ")}`,
  );
  return [
    `open sockets: ${sockets}`,
    ...section("messages", messages),
    ...section("calls", called),
    ...section("deliveries", sent),
    ...section(
      "violations",
      violations.map(({ rule, detail }) => `${rule}: ${detail}`),
    ),
  ].join("\n");
}
