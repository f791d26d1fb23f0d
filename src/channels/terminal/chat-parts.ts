// What a conversation in the terminal is made of; all of it is handed in.

import type { Clock } from "../../core/clock.ts";
import type { Output } from "./output.ts";
import type { SessionClient } from "./session-client.ts";

export interface ChatParts {
  readonly client: SessionClient;
  readonly clock: Clock;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly out: NodeJS.WritableStream & Output;
  readonly err: Output;
  readonly color: boolean;
  /** Calls at each Ctrl-C that comes as a signal; the returned function ends it. */
  readonly interrupts: (listener: () => void) => () => void;
  /** Where the person stopped reading; without it only what is new is shown. */
  readonly bookmark?: Bookmark;
  /** The address of a server outside of this process. */
  readonly server?: string;
}

export interface Bookmark {
  /** The last event the person saw. */
  readonly after: number | undefined;
  readonly save: (id: number) => void;
}
