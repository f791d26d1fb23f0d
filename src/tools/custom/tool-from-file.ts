// A tool whose work is done by an executable: JSON arguments on its stdin, JSON result on its stdout, exit code 0. Anything else is a
// failed call, with the end of its stderr as the reason.

import type { Tool } from "../../core/tool.ts";
import type { RunProgram } from "./run-program.ts";
import type { ToolFile } from "./tool-file.ts";

export function toolFromFile(file: ToolFile, folder: string, run: RunProgram): Tool {
  const { name, description, capabilities, parameters, timeoutSeconds, repeatable, parallel } = file;
  const [program = "", ...programArgs] = file.command;
  return {
    name,
    description,
    capabilities,
    parameters,
    isRepeatable: repeatable ?? false,
    isParallel: parallel ?? false,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    run: async (args, { signal }) => {
      const { exitCode, stdout, complaint } = await run({
        argv: [program, ...programArgs],
        folder,
        bins: file.bins,
        hosts: file.hosts,
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        input: `${JSON.stringify(args)}\n`,
        signal,
      });
      if (exitCode !== 0) {
        const how = exitCode === undefined ? "It was killed" : `It ended with exit code ${exitCode}`;
        throw new Error(complaint === "" ? `${how} and said nothing.` : `${how}: ${complaint}`);
      }
      return resultFrom(stdout);
    },
  };
}

function resultFrom(stdout: string): string {
  let result: unknown;
  try {
    result = JSON.parse(stdout);
  } catch {
    throw new Error(`It wrote no JSON but: ${stdout.trim().slice(0, 200) || "(nothing)"}`);
  }
  return typeof result === "string" ? result : JSON.stringify(result);
}
