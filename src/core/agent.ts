// An agent: a persona with a prompt, a model role, and bounds on what its tasks may use.

import type { Grant } from "./capability.ts";

export interface Agent {
  readonly name: string;
  readonly description: string;
  readonly prompt: string;
  /** A model role; `main` if it names none. */
  readonly role: string;
  /** All that its tasks may use, of what the person who asks may. Absent: no bound of its own. */
  readonly capabilities?: readonly Grant[];
  /** Skills it is shown; absent: all. */
  readonly skills?: readonly string[];
  readonly aliases: readonly string[];
  /** An external program that does the work: its argument list, never a shell line. `{{goal}}` is replaced, `{{prompt}}` too. */
  readonly command?: readonly string[];
  /** Variables of the server that the program is given; of no other it learns. */
  readonly env?: readonly string[];
  /** Whom the program may reach; absent: nobody. */
  readonly hosts?: readonly string[];
  /** A crash may have it run again, from the beginning. */
  readonly isRepeatable?: boolean;
  /** Never above limits.taskSeconds. */
  readonly timeoutSeconds?: number;
  readonly hash: string;
}

export interface AgentProblem {
  readonly agent: string;
  /** `researcher.md:3` */
  readonly place: string;
  readonly message: string;
}
