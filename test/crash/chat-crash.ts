// The crash proof as every chat platform passes it: no promise is broken by kills, and each planted fault is seen.

import { expect, test } from "vitest";
import { runChatCrashes } from "./chat-harness.ts";
import type { ChatFault } from "./chat-plan.ts";
import type { Shape } from "./chat-words.ts";
import type { ChatWorld, Transport } from "./chat-world.ts";
import type { Aim } from "./plan.ts";

export interface PlantedFault {
  readonly fault: ChatFault;
  /** Of the words in which the broken promise is told. */
  readonly shows: string;
  /** Where it must be killed for that. */
  readonly aim: Aim;
  /** What must be asked for that. */
  readonly shape: Shape;
}

type OpenWorld = (transport: Transport, seed: number) => Promise<ChatWorld>;

const MINUTES = 60_000;
const KILLS = 20;
const HUNT_KILLS = 2;
const HUNTS_MAX = 12;

export function testCrashesOver(name: string, open: OpenWorld, faults: readonly PlantedFault[]): void {
  test.concurrent.each([
    { seed: 11, transport: "socket" },
    { seed: 23, transport: "http" },
  ] as const)(
    `${name} over $transport: ${KILLS} kills lose, double and disorder nothing, and leave nothing open, seed $seed`,
    async ({ seed, transport }) => {
      const report = await runChatCrashes({ seed, kills: KILLS, openWorld: () => open(transport, seed) });
      expect(report.violations).toEqual([]);
      expect(report.kills).toBe(KILLS);
    },
    4 * MINUTES,
  );

  test.each(faults)(
    `${name}: the proof can fail, it sees the fault $fault ($shows)`,
    async ({ fault, shows, aim, shape }) => {
      const seen: string[] = [];
      for (let seed = 1; seed <= HUNTS_MAX && !seen.join("\n").includes(shows); seed += 1) {
        const openWorld = (): Promise<ChatWorld> => open("socket", seed);
        const options = { seed, kills: HUNT_KILLS, openWorld, fault, aim, shapes: [shape] };
        seen.push(...(await runChatCrashes(options)).violations);
      }
      expect(seen.join("\n")).toContain(shows);
    },
    4 * MINUTES,
  );
}
