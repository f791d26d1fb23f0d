// The tools by which an agent has other agents work: spawn one, wait for some, tell one more, stop one. A spawned agent works beside the one that
// asked; what it finds is posted in the conversation and told to whoever spawned it.

import type { Agent } from "../core/agent.ts";
import type { Task } from "../core/task.ts";
import type { Tool, ToolContext } from "../core/tool.ts";

/** What the runtime does for these tools. */
export interface AgentPort {
  readonly agents: () => ReadonlyMap<string, Agent>;
  /** The id of the task, or a sentence that says why there is none. */
  spawn(
    agent: Agent,
    goal: string,
    context: ToolContext,
  ): Promise<{ readonly task: string } | { readonly why: string }>;
  /** Tasks that were spawned from this session; undefined for any other. */
  find(task: string, context: ToolContext): Promise<Task | undefined>;
  /** What it said, once it is over. */
  result(task: Task): Promise<string>;
  stop(task: Task): Promise<void>;
  /** What the one who tells it is answered; throws a sentence where it cannot be told. */
  tell(task: Task, text: string, context: ToolContext): Promise<string>;
  /** The next change in this conversation, or the end of the time; rejects when the signal aborts. It must be forgotten. */
  changed(context: ToolContext, withinMs: number): { readonly happened: Promise<void>; forget(): void };
}

const GOAL_CHARS_MAX = 8_000;
const TEXT_CHARS_MAX = 4_000;
const WAIT_SECONDS = 50;
const WAITED_FOR_MAX = 8;

export function createAgentTools(port: AgentPort): readonly Tool[] {
  const base = { capabilities: ["agent.spawn"], isRepeatable: true, isParallel: true } as const;
  const id = { type: "string", maxLength: 80 } as const;

  async function taskOf(name: unknown, context: ToolContext): Promise<Task> {
    const task = await port.find(String(name), context);
    if (!task) throw new Error(`There is no agent's task ${String(name)} in this conversation.`);
    return task;
  }

  async function state(task: Task): Promise<string> {
    const isOver = task.endedAt !== null;
    return `${task.id} (@${task.agent}): ${task.state}${isOver ? `\n${await port.result(task)}` : ""}`;
  }

  return [
    {
      ...base,
      name: "spawn_agent",
      description:
        "Has another agent work on something beside you, in a transcript of its own: it knows only the goal you write, so write " +
        "all it needs. You get a task id at once. Its result is posted in this conversation when it is done; wait_agents waits for it.",
      parameters: {
        type: "object",
        properties: {
          agent: { ...id, description: "Its name; without one you get the list" },
          goal: { type: "string", maxLength: GOAL_CHARS_MAX, description: "What it is to do, whole" },
        },
        additionalProperties: false,
      },
      run: async ({ agent: name, goal }, context) => {
        const agents = port.agents();
        const list = [...agents.values()].map((one) => `- ${one.name}: ${one.description}`).join("\n");
        if (typeof name !== "string" || name === "") return list === "" ? "There are no agents." : list;
        const agent = agents.get(name.replace(/^@/, "").toLowerCase());
        if (!agent) throw new Error(`There is no agent ${name}. There are:\n${list}`);
        if (typeof goal !== "string" || goal.trim() === "") throw new Error("Say in `goal` what it is to do.");
        const spawned = await port.spawn(agent, goal.trim(), context);
        if ("why" in spawned) throw new Error(spawned.why);
        return `@${agent.name} is working: ${spawned.task}`;
      },
    },
    {
      ...base,
      name: "wait_agents",
      description: `Waits until agents you spawned are done, at most ${WAIT_SECONDS} seconds, and gives back what they said. Those that work longer are named; ask again or go on without them.`,
      timeoutSeconds: WAIT_SECONDS + 8,
      parameters: {
        type: "object",
        properties: { tasks: { type: "array", items: id, minItems: 1, maxItems: WAITED_FOR_MAX } },
        required: ["tasks"],
        additionalProperties: false,
      },
      run: async ({ tasks }, context) => {
        const names = Array.isArray(tasks) ? tasks : [];
        const until = context.clock.now() + WAIT_SECONDS * 1_000;
        for (;;) {
          const leftMs = until - context.clock.now();
          // Watched before it is looked at: what ends in between rings.
          const change = port.changed(context, Math.max(0, leftMs));
          try {
            const found = await Promise.all(names.map((name) => taskOf(name, context)));
            const isOver = found.every((task) => task.endedAt !== null);
            if (isOver || leftMs <= 0) return (await Promise.all(found.map(state))).join("\n\n");
            await change.happened;
          } finally {
            change.forget();
          }
        }
      },
    },
    {
      ...base,
      name: "send_to_agent",
      description:
        "Tells an agent that works for you something more: a correction, a further wish. It takes it in before its next step.",
      parameters: {
        type: "object",
        properties: { task: id, text: { type: "string", minLength: 1, maxLength: TEXT_CHARS_MAX } },
        required: ["task", "text"],
        additionalProperties: false,
      },
      run: async ({ task: name, text }, context) => port.tell(await taskOf(name, context), String(text), context),
    },
    {
      ...base,
      name: "stop_agent",
      description: "Stops an agent that was spawned in this conversation.",
      parameters: { type: "object", properties: { task: id }, required: ["task"], additionalProperties: false },
      run: async ({ task: name }, context) => {
        const task = await taskOf(name, context);
        if (task.endedAt === null) await port.stop(task);
        return `${task.id} is being stopped.`;
      },
    },
  ];
}
