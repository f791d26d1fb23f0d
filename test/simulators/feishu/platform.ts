// What the parts of the simulated platform share. Made once by `feishu-simulator.ts`.

import type { Clock, Random } from "../../../src/core/clock.ts";
import type { RateLimits } from "./api/rate-limits.ts";
import type { Deliveries } from "./push/deliveries.ts";
import type { App, PayloadWriter } from "./push/event-payloads.ts";
import type { PlatformIds } from "./world/platform-ids.ts";
import type { World } from "./world/world.ts";
import type { Message } from "./world/world-records.ts";

/** What the bot did though it must not, or should not. */
export interface Violation {
  readonly kind:
    | "no-uuid"
    | "uuid-reused"
    | "left-topic"
    | "at-all"
    | "sequence"
    | "edit-of-streaming-card"
    | "callback-without-object"
    | "update-before-answer";
  readonly detail: string;
}

/** A `token` of a card callback, for the later update. */
export interface ClickToken {
  readonly message: Message;
  readonly at: number;
  uses: number;
  isAnswered: boolean;
}

/** What a test may switch while the simulator runs. */
export interface Rules {
  /** 5 messages a second and chat, 10 card operations, 50 calls an API: off unless asked for. */
  rateLimits: boolean;
  /** How long a message may be edited (230075); the tenant's admin decides. */
  editMsMax: number;
  /** The console's second switch: without it clicks show 200340. */
  callbacks: boolean;
  /** Largest post or card; documented 30 KB, more was seen to pass. */
  richBytesMax: number;
}

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: PlatformIds;
  readonly app: App;
  readonly world: World;
  readonly scopes: Set<string>;
  readonly rules: Rules;
  readonly payloads: PayloadWriter;
  readonly deliveries: Deliveries;
  readonly rates: RateLimits;
  readonly violations: Violation[];
  readonly clickTokens: Map<string, ClickToken>;
  /** The uuids of messages on their way (230049). */
  readonly sending: Set<string>;
  readonly domain: () => string;
}

export function breach(platform: Platform, kind: Violation["kind"], detail: string): void {
  platform.violations.push({ kind, detail });
}
