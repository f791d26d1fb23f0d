// What is to be said later.

export const schedules: readonly string[] = [
  `create table schedules (
     id text primary key,
     session text not null,
     channel text not null,
     author_id text not null,
     author_name text not null,
     reply_to text,
     body text not null,
     cron text,
     time_zone text not null,
     next_at bigint not null,
     created_at bigint not null,
     is_open integer not null
   )`,
  `create index schedules_due on schedules (next_at) where is_open = 1`,
  `create index schedules_of on schedules (session) where is_open = 1`,
];
