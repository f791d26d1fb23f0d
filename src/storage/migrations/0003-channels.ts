// What the chat platforms need: files of a message, what a channel remembers, buttons.

export const forChannels: readonly string[] = [
  `alter table messages add column files text`,
  `create index messages_of_channel on messages (channel, received_at)`,
  `create table memos (
    channel text not null,
    key text not null,
    value text not null,
    at bigint not null,
    primary key (channel, key)
  )`,
  `create table buttons (
    id text primary key,
    kind text not null,
    session text not null,
    task text not null,
    created_at bigint not null,
    expires_at bigint not null,
    pressed_by text,
    pressed_at bigint
  )`,
];
