// What a tool may say beside the answer, as the port of its own call: the key is the call's, so what is said once is not said again,
// whatever crashes; so many a task, in the conversation the task works for.

import type { AsideLedger, ChatPort } from "../core/aside.ts";
import type { Clock } from "../core/clock.ts";
import { isExternal } from "../core/message.ts";
import { stepReference } from "../core/step.ts";
import type { ClaimedTask } from "../core/task.ts";
import type { LiveBoard } from "./live.ts";
import type { Outbox } from "./outbox.ts";

/** For one call of a task. */
export type OpenChatPort = (claimed: ClaimedTask, n: number) => ChatPort;

export interface ChatPortParts {
  readonly store: Pick<AsideLedger, "sayAside" | "people">;
  readonly clock: Clock;
  readonly live: Pick<LiveBoard, "changed">;
  readonly outbox: Pick<Outbox, "isPushed" | "wake">;
  /** Takes our own secrets and folders out of what is said. */
  readonly withoutOurs: (text: string) => string;
}

const SAID_MAX = { file: 10, mention: 5 } as const;
const PEOPLE_MAX = 200;

export const createChatPort =
  ({ store, clock, live, outbox, withoutOurs }: ChatPortParts): OpenChatPort =>
  ({ task, fence }, n) => ({
    say: async (aside) => {
      const max = SAID_MAX[aside.kind];
      const key = `${stepReference(task.id, n)}_${aside.kind}`;
      const isPushed = outbox.isPushed(task.channel);
      const shown = { ...aside, text: withoutOurs(aside.text) };
      const said = await store.sayAside(fence, shown, { key, now: clock.now(), isPushed, max });
      if (said.status === "too-many") throw new Error(`At most ${max} of these may be sent in one task.`);
      live.changed(said.session);
      outbox.wake(said.session);
    },
    people: async () => {
      const sessions = task.parentSession === null ? [task.session] : [task.session, task.parentSession];
      return (await store.people(sessions, PEOPLE_MAX)).filter(({ id }) => !isExternal(id));
    },
  });
