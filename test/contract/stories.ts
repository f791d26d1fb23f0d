// What the stories of the contract are told with: a model that waits, what it was shown, and how every story ends.

import { expect } from "vitest";
import type { ConversationItem } from "../../src/core/model.ts";
import type { Team } from "./team.ts";

/** A reply that is not over before `open`, with something to see of it. */
export function gated(
  text = "Half of it, which is long enough to be shown while the rest of the answer is still being thought about.",
) {
  const gate = Promise.withResolvers<void>();
  return { script: { text, until: gate.promise }, open: gate.resolve };
}

/** What the model was shown of people in its latest request. */
export const shown = ({ model }: Team): string =>
  (model.requests.at(-1)?.items ?? [])
    .flatMap((item: ConversationItem) => (item.role === "person" ? [item.text] : []))
    .join("\n");

export const working = (team: Team): Promise<void> =>
  team.until("the model works", () => team.model.requests.length === 1);

/** Nobody was called, nothing is left open, every promise of the platform's was kept. */
export async function ended(team: Team): Promise<void> {
  await team.idle();
  await team.until("nothing is left open", () => team.isTidy());
  expect(team.violations()).toEqual([]);
}
