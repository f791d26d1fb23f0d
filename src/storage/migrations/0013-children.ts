// Tasks by the task that spawned them: who stops one stops those as well.

export const childrenOfTasks: readonly string[] = [
  `create index tasks_of_parent on tasks (parent) where parent is not null`,
];
