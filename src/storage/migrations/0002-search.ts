// The search over the log. The index is the embedded engine's own; another engine brings its own behind the same port.

export const searchOverTheLog: readonly string[] = [
  // How far a session's log is indexed: for good up to `settled` (its last piece is `settled_piece`), and up to `seen` without
  // what comes after the last step. Its pieces are numbered within a range that `number` gives.
  `create table log_indexed (
    number integer primary key,
    session text not null unique,
    version text not null,
    settled bigint not null,
    settled_piece bigint not null,
    seen bigint not null
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
