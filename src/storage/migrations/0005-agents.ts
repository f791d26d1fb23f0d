// Tasks that were spawned from another session: where their result belongs.

export const spawnedTasks: readonly string[] = [
  `alter table tasks add column parent_session text`,
  // The engine does not see that "queued" is among the states of the index over open tasks.
  `create index tasks_queued on tasks (session, seq) where state = 'queued'`,
  `create index tasks_spawned on tasks (parent_session) where parent_session is not null`,
];
