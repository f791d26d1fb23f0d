// No wall at all, for a throw-away machine: only where an admin's configuration says `sandbox: none` in so many words. Never a
// fall-back. It still gives a command none of the server's environment, its limits of time and output, and its whole group's end.

import { keepProcess } from "./keep-process.ts";
import { runProcess } from "./run-process.ts";
import { SANDBOX_LIMITS, type Sandbox, type SandboxParts, type SandboxProgram, SYSTEM_PATH } from "./sandbox.ts";
import type { ProcessToStart } from "./start-process.ts";

const ENVIRONMENT = { LANG: "C.UTF-8", TERM: "dumb" };

export function createUnconfined({ timers, limits = SANDBOX_LIMITS, searchPath = SYSTEM_PATH }: SandboxParts): Sandbox {
  const toStart = ({ run, folder, env, isHome }: SandboxProgram): ProcessToStart => {
    const [program = "", ...args] = typeof run === "string" ? ["/bin/bash", "-c", run] : run;
    const own = { PATH: searchPath, HOME: isHome ? folder : "/tmp" };
    return { program, args, folder, env: { ...ENVIRONMENT, ...env, ...own }, handed: [], tellsHolder: false };
  };
  return {
    level: "none",
    run: (command, signal) =>
      runProcess(toStart(command), { ...command, floodBytes: limits.floodBytes }, timers, signal),
    start: async (program, signal) => keepProcess(toStart(program), limits.floodBytes, timers, signal),
  };
}
