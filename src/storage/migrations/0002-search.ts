// The search over the log. The index is the embedded engine's own; another engine brings its own behind the same port.

export const searchOverTheLog: readonly string[] = [
  // How far a session's log is indexed: all before the piece `part` of the step `seq` for good, its last number being `piece`;
  // up to the step `seen` in all. A session's pieces are numbered within a range that `number` gives.
  `create table log_indexed (
    number integer primary key,
    session text not null unique,
    version text not null,
    seq bigint not null default 0,
    part bigint not null default 0,
    piece bigint not null default 0,
    seen bigint not null default 0
  )`,
  // One row a piece. The index knows only its number, so what a hit is and whose is read here.
  `create table log_pieces (
    id integer primary key,
    session text not null,
    seq bigint not null,
    task text not null,
    n bigint not null,
    kind text not null,
    at bigint not null,
    start bigint not null,
    speaker text not null,
    is_question bigint not null
  )`,
  // Contentless: texts are stored once, in steps. detail=full is not to be saved on: with less, every rank is the same.
  `create virtual table log_index using fts5(
    body, meta, dates, previous, next,
    content='', contentless_delete=1, detail=full, tokenize='porter unicode61 remove_diacritics 2'
  )`,
];
