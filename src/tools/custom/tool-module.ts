// tools/<name>.ts: the default export of a module as a checked tool. The module is the administrator's own code: it runs in this
// process, with all that this process may do.

import { z } from "zod";
import type { Tool } from "../../core/tool.ts";
import { ToolFault } from "./tool-fault.ts";
import { checkName, checkParameters, commonFields, faultFrom } from "./tool-shape.ts";

const schema = z.strictObject({
  ...commonFields,
  isRepeatable: z.boolean().optional(),
  isParallel: z.boolean().optional(),
  run: z.custom<Tool["run"]>((value) => typeof value === "function", { error: "run is missing: an async function" }),
});

export function toolFromModule(module: unknown, expected: string, reserved: ReadonlySet<string>): Tool {
  const given = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  if (typeof given !== "object" || given === null) {
    throw new ToolFault("it has no default export: write `export default { ... } satisfies Tool`");
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new ToolFault(faultFrom(parsed.error, Object.keys(schema.shape)).message);
  const { run, isRepeatable, isParallel, timeoutSeconds, ...tool } = parsed.data;
  checkName(tool.name, expected, reserved);
  checkParameters(tool.parameters);
  return {
    ...tool,
    ...(isRepeatable === undefined ? {} : { isRepeatable }),
    ...(isParallel === undefined ? {} : { isParallel }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    run: (args, context) => run.call(given, args, context),
  };
}
