// The tools that the killed program's model calls, by the shape of the question.

import type { CompletedCall, RequestedCall } from "../../src/core/model.ts";

/** What a question of this shape has the model call next; nothing where it answers. */
export function nextCall(name: string, shape: string, before: readonly CompletedCall[]): RequestedCall | undefined {
  const call = (tool: string, args: object): RequestedCall => ({ name: tool, argumentsText: JSON.stringify(args) });
  const [first] = before;
  switch (`${shape} ${before.length}`) {
    case "one-tool 0":
    case "two-tools 0":
    case "tools 0":
      return call("act", { message: name });
    case "two-tools 1":
    case "tools 1":
    case "tools 2":
    case "tools 3":
      return call("look", { message: name });
    case "spawns 0":
    case "waits 0":
      return call("spawn_agent", { agent: "helper", goal: `a${name} tools` });
    case "waits 1":
      return call("wait_agents", { tasks: [/task_\w+/.exec(first?.result ?? "")?.[0] ?? "none"] });
    default:
      return undefined;
  }
}
