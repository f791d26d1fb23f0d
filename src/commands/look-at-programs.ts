// What the doctor says of agents that are programs: which are there, which are not installed, which variables they lack.

import { createAgentLibrary } from "../agents/agent-library.ts";
import type { DoctorParts } from "../config/doctor.ts";
import { createVariables, searchPath } from "../config/environment.ts";
import type { Agent } from "../core/agent.ts";
import { silentLog } from "../core/log.ts";
import { isProgramThere } from "../tools/agent-programs.ts";
import { createModels } from "../wiring/models.ts";
import type { Setup } from "../wiring/set-up.ts";

export async function programOptions({ folder, config, environment, speech }: Setup): Promise<DoctorParts["options"]> {
  const roles = Object.keys(createModels({ environment, config, speech }));
  const library = createAgentLibrary({ folder: config.paths.agents, roles: () => roles, log: silentLog });
  await library.reload();
  const variable = createVariables(folder);
  return [...library.current().values()].flatMap((agent) =>
    agent.command ? [programOption(agent, agent.command, variable)] : [],
  );
}

function programOption(
  { name, env = [] }: Agent,
  [program = ""]: readonly string[],
  variable: (name: string) => string | undefined,
): DoctorParts["options"][number] {
  const missing = env.filter((one) => (variable(one) ?? "") === "");
  const isThere = isProgramThere(program, searchPath());
  const lacks = missing.length > 0 ? `; not set: ${missing.join(", ")}` : "";
  return {
    name: `Agent ${name}`,
    look: isThere ? async () => `runs ${program}${lacks}` : undefined,
    off: `${program} is not installed`,
    mend: `install it where PATH finds it, or take ${name}.md out of the agents folder (docs/agents.md)`,
  };
}
