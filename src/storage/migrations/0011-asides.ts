// What is said beside an answer: files, with their bytes, and calls to people; whom a message names.

export const asides: readonly string[] = [
  `alter table deliveries add column file text`,
  `alter table deliveries add column mention text`,
  `create index deliveries_of_task on deliveries (task) where task is not null`,
  `alter table messages add column mentions text`,
  // In base64, which every engine takes as it is.
  `create table files (
    hash text primary key,
    content text not null,
    created_at bigint not null
  )`,
];
