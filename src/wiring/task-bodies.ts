// What does the work of a task: a model and tools that take turns, or the program that its agent names.

import type { Config } from "../config/schema.ts";
import type { Channel } from "../core/channel.ts";
import { type AgentLoopParts, createAgentLoop } from "../runtime/agent-loop.ts";
import { createAttachments, type KeepFile } from "../runtime/attachments.ts";
import { createChatPort } from "../runtime/chat-port.ts";
import type { Outbox } from "../runtime/outbox.ts";
import { createProgramAgent, isProgramTask, type ProgramAgentParts } from "../runtime/program-agent.ts";
import { createTaskIntake } from "../runtime/task-intake.ts";
import type { TaskRunnerParts } from "../runtime/task-runner.ts";

export type TaskBodyParts = Omit<AgentLoopParts, "intake" | "budgetTokens" | "approvals" | "chat"> &
  ProgramAgentParts & {
    readonly config: () => Config;
    readonly channels: ReadonlyMap<string, Channel>;
    readonly outbox: Outbox;
    readonly keepFile: KeepFile | undefined;
  };

export function createTaskBodies(parts: TaskBodyParts): TaskRunnerParts["bodyOf"] {
  const { config, channels, store, clock, agents } = parts;
  const intake = createTaskIntake({
    store,
    clock,
    attachments: createAttachments({ channels, clock, keep: parts.keepFile }),
    get whileBusy() {
      return config().queue.whileBusy;
    },
  });
  const agentLoop = createAgentLoop({
    ...parts,
    intake,
    chat: createChatPort(parts),
    get budgetTokens() {
      return config().context.budgetTokens;
    },
  });
  const programAgent = createProgramAgent(parts);
  return (task) => (isProgramTask(task, agents()) ? programAgent : agentLoop);
}
