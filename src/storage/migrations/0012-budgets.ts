// Whose usage it is, so that a day's can be summed up for a person and a chat; and calls that broke off.

export const budgets: readonly string[] = [
  `alter table usage add column person text`,
  `alter table usage add column chat text`,
  `alter table usage add column failure text`,
  // Of the day of the change: what an agent spent before it counts for its person and everybody, not for its chat.
  `update usage set person = (select asker from tasks where tasks.id = usage.task), chat = session`,
  `create index usage_of_person on usage (person, at)`,
  `create index usage_of_chat on usage (chat, at)`,
  `create index usage_by_time on usage (at)`,
  `create index tasks_of_parent on tasks (parent) where parent is not null`,
];
