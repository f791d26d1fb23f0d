// What works beside the conversations in the process that is killed: an agent with a transcript of its own, and two that are programs,
// of which one says that it may run again.

import { join } from "node:path";
import type { AppParts } from "../../src/app.ts";
import type { Agent } from "../../src/core/agent.ts";
import type { Clock } from "../../src/core/clock.ts";
import { createAgentPrograms } from "../../src/tools/agent-programs.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import { SYSTEM_PATH } from "../../src/tools/sandbox/sandbox.ts";
import { createWorkspaces } from "../../src/tools/workspace/workspaces.ts";
import { agentsFrom } from "../support/start-test-app.ts";
import { RUNS_FILE } from "./mixed-check.ts";
import type { ChildPlan } from "./plan.ts";

/** It leaves a trace that outlives it, says something, works long enough to be killed at it, and ends by itself where its server died. */
const SCRIPT = `echo "$1" >>"$0"; echo "begun $1"; sleep 0.3; echo "answer to $1"`;

export async function mixedParts(
  { folder, fault }: Pick<ChildPlan, "folder" | "fault">,
  clock: Clock,
): Promise<Pick<AppParts, "agents" | "programs">> {
  // Without a wall: its self-test would be the longest part of a life, and walls are proven elsewhere.
  const choice = await openSandbox({ timers: clock, level: "none" });
  const command = ["bash", "-c", SCRIPT, join(folder, RUNS_FILE), "{{goal}}"];
  const agents: readonly Partial<Agent>[] = [
    { name: "helper" },
    { name: "once", command, isRepeatable: fault === "repeat-every-tool" },
    { name: "again", command, isRepeatable: true },
  ];
  return {
    agents: { current: () => agentsFrom(agents) },
    programs: createAgentPrograms({
      choice: () => choice,
      workspaces: createWorkspaces({ folder: join(folder, "workspaces"), clock }),
      searchPath: SYSTEM_PATH,
      variable: () => undefined,
      clock,
    }),
  };
}
