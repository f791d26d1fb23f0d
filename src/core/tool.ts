// The contract of a tool. The only way to run one is runtime/tool-executor.ts.

import type { Carried, ChatPort } from "./aside.ts";
import type { Capability } from "./capability.ts";
import type { Clock } from "./clock.ts";
import type { JsonObject, JsonSchema } from "./json.ts";
import type { SessionKey } from "./message.ts";
import type { ActiveSkill, Bound, Skill } from "./skill.ts";

/** What a tool gives back where text alone is not all. */
export interface ToolOutcome {
  readonly text: string;
  /** From now on the task follows this skill. */
  readonly skill?: ActiveSkill;
}

/** What a tool may know and touch of the task it works for. */
export interface ToolContext {
  readonly task: string;
  readonly session: SessionKey;
  readonly channel: string;
  /** The person whose rights the task has. */
  readonly asker: string;
  readonly clock: Clock;
  /** The conversation, to say something in it beside the answer. */
  readonly chat: ChatPort;
  /** Skills this person may use here, as they were when the task began. */
  readonly skills: readonly Skill[];
  /** What narrows the task: its agent, the skills it follows. */
  readonly bounds: readonly Bound[];
  /** The call's own id: the same when it is repeated after a crash. */
  readonly call: string;
  /** Aborted when the task is stopped or the deadline passes; a tool that goes on after it is abandoned and named in the log. */
  readonly signal: AbortSignal;
}

export interface Tool {
  /** snake_case; what the model calls. */
  readonly name: string;
  readonly description: string;
  /** All of them must be granted to the person who asked; [] = nothing special. */
  readonly capabilities: readonly Capability[];
  readonly parameters: JsonSchema;
  /** Offered only where the channel's messages carry it. */
  readonly carries?: Carried;
  /** Safe to run again when a crash hid its result (P4). Absent: the model is told that the outcome is unknown. */
  readonly isRepeatable?: boolean;
  /** May run beside other calls of the same reply. Absent: it runs alone. */
  readonly isParallel?: boolean;
  /** Never above limits.toolSeconds. */
  readonly timeoutSeconds?: number;
  /** Arguments are valid by `parameters`. The text is for the model; a throw is a failed call whose message the model reads. */
  run(args: JsonObject, context: ToolContext): Promise<string | ToolOutcome>;
}
