// Tasks that were spawned from another session: where their result belongs.

export const spawnedTasks: readonly string[] = [
  `alter table tasks add column parent_session text`,
  `create index tasks_spawned on tasks (parent_session) where parent_session is not null`,
];
