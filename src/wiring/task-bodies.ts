// What does the work of a task: a model and tools that take turns, or the program that its agent names.

import type { Config } from "../config/schema.ts";
import type { Channel } from "../core/channel.ts";
import { type AgentLoopParts, createAgentLoop } from "../runtime/agent-loop.ts";
import { createAttachments } from "../runtime/attachments.ts";
import { createProgramAgent, isProgramTask, type ProgramAgentParts } from "../runtime/program-agent.ts";
import { createTaskIntake } from "../runtime/task-intake.ts";
import type { TaskRunnerParts } from "../runtime/task-runner.ts";

export type TaskBodyParts = Omit<AgentLoopParts, "intake" | "budgetTokens" | "approvals"> &
  ProgramAgentParts & {
    readonly config: () => Config;
    readonly channels: ReadonlyMap<string, Channel>;
  };

export function createTaskBodies(parts: TaskBodyParts): TaskRunnerParts["bodyOf"] {
  const { config, channels, store, live, clock, agents } = parts;
  const intake = createTaskIntake({
    store,
    live,
    clock,
    attachments: createAttachments({ channels, clock }),
    get whileBusy() {
      return config().queue.whileBusy;
    },
  });
  const agentLoop = createAgentLoop({
    ...parts,
    intake,
    get budgetTokens() {
      return config().context.budgetTokens;
    },
  });
  const programAgent = createProgramAgent(parts);
  return (task) => (isProgramTask(task, agents()) ? programAgent : agentLoop);
}
