// No wall at all, for a throw-away machine: only where an admin's configuration says `sandbox: none` in so many words. Never a
// fall-back. It still gives a command none of the server's environment, its limits of time and output, and its whole group's end.

import { runProcess } from "./run-process.ts";
import { SANDBOX_LIMITS, type Sandbox, type SandboxParts } from "./sandbox.ts";

const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/tmp", LANG: "C.UTF-8", TERM: "dumb" };

export const createUnconfined = ({ timers, limits = SANDBOX_LIMITS }: SandboxParts): Sandbox => ({
  level: "none",
  run: (command, signal) => {
    const [program, ...args] = typeof command.run === "string" ? ["/bin/bash", "-c", command.run] : command.run;
    return runProcess(
      {
        program: program ?? "",
        args,
        folder: command.folder,
        env: { ...command.env, ...ENVIRONMENT },
        handed: [],
        tellsHolder: false,
        limits: { ...command, floodBytes: limits.floodBytes },
      },
      timers,
      signal,
    );
  },
});
