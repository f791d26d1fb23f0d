// The tools that touch nothing outside of the conversation: agents, the clock, schedules, the log, skills.

import { skillText } from "../context/skill-prompt.ts";
import type { Agent } from "../core/agent.ts";
import type { Store } from "../core/store.ts";
import type { Tool } from "../core/tool.ts";
import { createLogSearch } from "../memory/log-search.ts";
import { agentPort } from "../runtime/agent-port.ts";
import type { LiveBoard } from "../runtime/live.ts";
import { schedulePort } from "../runtime/schedule-port.ts";
import type { Schedules } from "../runtime/schedules.ts";
import type { Spawner } from "../runtime/spawner.ts";
import type { Steering } from "../runtime/steering.ts";
import type { SkillLibrary } from "../skills/skill-library.ts";
import { createAgentTools } from "../tools/agents.ts";
import { currentTime } from "../tools/current-time.ts";
import { createOpenSkill } from "../tools/open-skill.ts";
import { createRecall } from "../tools/recall.ts";
import { createSchedule } from "../tools/schedule.ts";

export interface AppToolParts {
  readonly store: Store;
  readonly spawner: Spawner;
  readonly steering: Steering;
  readonly live: LiveBoard;
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly cancel: (task: string) => Promise<unknown>;
  readonly schedules: () => Schedules;
  readonly skills: Pick<SkillLibrary, "readFile"> | undefined;
}

/** No tool from outside may have these names. */
export const APP_TOOLS = [
  "current_time",
  "recall",
  "open_skill",
  "spawn_agent",
  "wait_agents",
  "send_to_agent",
  "stop_agent",
  "schedule",
];

export const createAppTools = ({ skills, store, schedules, ...parts }: AppToolParts): readonly Tool[] => [
  ...createAgentTools(agentPort({ store, ...parts })),
  currentTime,
  createSchedule(schedulePort(store, schedules)),
  createRecall({ findStep: store.step, search: createLogSearch(store) }),
  ...(skills ? [createOpenSkill({ readFile: skills.readFile, toText: skillText })] : []),
];
