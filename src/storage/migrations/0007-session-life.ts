// Sessions that are idle are closed, and opened again by the next message.

export const sessionLife: readonly string[] = [
  `alter table sessions add column phase text not null default 'open'`,
  `create index sessions_not_closed on sessions (phase) where phase <> 'closed'`,
];
