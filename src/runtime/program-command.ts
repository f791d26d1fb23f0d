// What an agent file's `command` becomes for one goal. An argument list from end to end: the goal is a part of one argument, never
// read by a shell, and never an option.

import type { Agent } from "../core/agent.ts";

/** What Linux takes as one argument, with room to spare. */
const ARGUMENT_BYTES_MAX = 120_000;

/** Undefined: it is longer than a program can be given. */
export function argvFor({ command = [], prompt }: Agent, goal: string): readonly string[] | undefined {
  const values: Readonly<Record<string, string>> = { goal, prompt };
  const argv = command.map((word) => {
    const argument = word.replaceAll(/\{\{(goal|prompt)\}\}/g, (_whole, name: string) => values[name] ?? "");
    const clean = argument.replaceAll("\0", "");
    // A goal that begins like an option would be taken for one.
    return clean.startsWith("-") && !word.startsWith("-") ? ` ${clean}` : clean;
  });
  return argv.some((argument) => Buffer.byteLength(argument) > ARGUMENT_BYTES_MAX) ? undefined : argv;
}

/** As people are told of it: where it lies is nobody's business. */
export const programName = ([program = ""]: readonly string[]): string => program.slice(program.lastIndexOf("/") + 1);
