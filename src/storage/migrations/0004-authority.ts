// Consent of people to calls, and an audit that shows when somebody changed it: each record holds the hash of the one before.

export const authority: readonly string[] = [
  `create table approvals (
    id text primary key,
    session text not null,
    task text not null,
    n bigint not null,
    tool text not null,
    hash text not null,
    asker text not null,
    state text not null,
    created_at bigint not null,
    expires_at bigint not null,
    decided_by text,
    decided_at bigint,
    reason text,
    unique (task, n)
  )`,
  `create index approvals_open on approvals (expires_at) where state = 'open'`,
  `alter table buttons add column subject text`,
  `alter table deliveries add column buttons text`,
  `alter table deliveries add column replaces text`,
  // Records from before have no place in the chain.
  `alter table audit add column n bigint`,
  `alter table audit add column details text`,
  `alter table audit add column hash text`,
  `create unique index audit_chain on audit (n)`,
  `create table audit_head (n bigint not null, hash text not null)`,
  `insert into audit_head (n, hash) values (0, '')`,
];
