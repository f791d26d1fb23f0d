// The kinds of task; they differ only in their profile.

export const TASK_KINDS = ["chat-turn", "sub-agent", "cli"] as const;
export type TaskKind = (typeof TASK_KINDS)[number];
