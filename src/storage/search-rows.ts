// One transaction's worth of indexing: rows and mark move together, so a crash loses no piece and doubles none.
//
// A piece holds its neighbours' words too. What follows the last one is not known yet: it is indexed without, stays behind the
// mark, and is written anew once something follows.

import type { LogTokens, SearchPiece } from "../core/log-search.ts";
import type { SessionKey } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import { number, type Row, type Transaction, text } from "./database.ts";
import { stepFrom } from "./rows.ts";

/** Characters, and what a piece costs besides: so much that nobody else's commit waits noticeably for it. */
const UNIT_COST_MAX = 6_000;
const PIECE_COST = 100;
const FORGOTTEN_PER_UNIT_MAX = 200;
/** Each session's pieces have their own range of numbers; a search is kept inside of it. */
const PIECES_PER_SESSION_MAX = 2 ** 26;

export interface PieceRange {
  readonly first: number;
  readonly last: number;
}

export const pieceRange = (sessionNumber: number): PieceRange => ({
  first: sessionNumber * PIECES_PER_SESSION_MAX + 1,
  last: (sessionNumber + 1) * PIECES_PER_SESSION_MAX - 1,
});

/** Everything before the piece `part` of the step `seq` is indexed for good. */
interface Mark {
  readonly seq: number;
  readonly part: number;
  /** The number of the last piece that is. */
  readonly piece: number;
  readonly seen: number;
}

interface Place {
  readonly step: Step;
  readonly part: number;
  readonly pieces: readonly SearchPiece[];
  readonly piece: SearchPiece;
}

/** Indexes what comes next in the session's log; true when there is more. */
export async function indexSome(transaction: Transaction, session: SessionKey, tokens: LogTokens): Promise<boolean> {
  const known = await transaction.get(
    `insert into log_indexed (session, version) values (?, ?)
     on conflict (session) do update set session = excluded.session returning *`,
    session,
    tokens.version,
  );
  if (!known) return false;
  const range = pieceRange(number(known, "number"));
  const isOutdated = text(known, "version") !== tokens.version;
  if (isOutdated && (await forget(transaction, { ...range, max: FORGOTTEN_PER_UNIT_MAX })) > 0) return true;
  const mark = markOf(known, range, isOutdated);
  if (!(await finishedFrom(transaction, session, mark.seen + 1))) return false;

  await forget(transaction, { first: mark.piece + 1, last: range.last, max: PIECES_PER_SESSION_MAX });
  const { places, seen, isAtEnd } = await nextPlaces(transaction, session, mark, tokens);
  const last = places.at(-1);
  // The last place is only looked at where more comes after it, or written without its successor where it is the end.
  const written = isAtEnd ? places : places.slice(0, -1);
  let spoken = await headBefore(transaction, range, mark, tokens);
  for (const [index, place] of written.entries()) {
    const previous = place.part > 0 ? headOf(place.pieces, place.part - 1) : spoken;
    const next = places[index + 1]?.piece.head() ?? "";
    await insertPiece(transaction, mark.piece + 1 + index, place, previous, next);
    if (isSpoken(place.step) && place.part === place.pieces.length - 1) spoken = place.piece.head();
  }
  await save(transaction, session, tokens.version, {
    seq: last ? last.step.seq : seen + 1,
    part: last ? last.part : 0,
    piece: mark.piece + Math.max(0, places.length - 1),
    seen: isAtEnd ? seen : mark.seen,
  });
  return !isAtEnd;
}

const markOf = (row: Row, range: PieceRange, isOutdated: boolean): Mark =>
  isOutdated || number(row, "piece") === 0
    ? { seq: 0, part: 0, piece: range.first - 1, seen: isOutdated ? 0 : number(row, "seen") }
    : { seq: number(row, "seq"), part: number(row, "part"), piece: number(row, "piece"), seen: number(row, "seen") };

const save = (transaction: Transaction, session: SessionKey, version: string, mark: Mark): Promise<number> =>
  transaction.run(
    "update log_indexed set version = ?, seq = ?, part = ?, piece = ?, seen = ? where session = ?",
    version,
    mark.seq,
    mark.part,
    mark.piece,
    mark.seen,
    session,
  );

/** The pieces behind the mark that make a unit, and one more. */
async function nextPlaces(
  transaction: Transaction,
  session: SessionKey,
  mark: Mark,
  tokens: LogTokens,
): Promise<{ readonly places: readonly Place[]; readonly seen: number; readonly isAtEnd: boolean }> {
  const places: Place[] = [];
  let cost = 0;
  let seen = mark.seen;
  for (let seq = mark.seq; ; seq = seen + 1) {
    const step = await finishedFrom(transaction, session, seq);
    if (!step) return { places, seen, isAtEnd: true };
    const pieces = tokens.piecesOf(step);
    for (const [part, piece] of pieces.entries()) {
      if (step.seq === mark.seq && part < mark.part) continue;
      places.push({ step, part, pieces, piece });
      if (cost >= UNIT_COST_MAX) return { places, seen, isAtEnd: false };
      cost += PIECE_COST + piece.length;
    }
    seen = step.seq;
  }
}

/** The next step, unless it is a call that waits for its result: what comes after waits with it. */
async function finishedFrom(transaction: Transaction, session: SessionKey, seq: number): Promise<Step | undefined> {
  const row = await transaction.get(
    "select * from steps where session = ? and seq >= ? order by seq limit 1",
    session,
    seq,
  );
  const step = row && stepFrom(row);
  return step?.body.kind === "call" && !step.body.result ? undefined : step;
}

const isSpoken = ({ body }: Step): boolean => body.kind === "said" || body.kind === "reply";

const headOf = (pieces: readonly SearchPiece[], part: number): string => pieces.at(part)?.head() ?? "";

/** The last words of the last one who spoke before the mark: an answer belongs to its question, whatever tools came between. */
async function headBefore(
  transaction: Transaction,
  { first }: PieceRange,
  mark: Mark,
  tokens: LogTokens,
): Promise<string> {
  const row = await transaction.get(
    `select s.* from log_pieces p join steps s on s.session = p.session and s.seq = p.seq
     where p.id between ? and ? and p.seq < ? and p.kind in ('said', 'reply') order by p.id desc limit 1`,
    first,
    mark.piece,
    mark.seq,
  );
  return row ? headOf(tokens.piecesOf(stepFrom(row)), -1) : "";
}

async function insertPiece(
  transaction: Transaction,
  id: number,
  { step, piece }: Place,
  previous: string,
  next: string,
): Promise<void> {
  await transaction.run(
    `insert into log_pieces (id, session, seq, task, n, kind, at, start, speaker, is_question)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    step.session,
    step.seq,
    step.task,
    step.n,
    step.body.kind,
    step.at,
    piece.start,
    piece.speaker,
    piece.isQuestion ? 1 : 0,
  );
  const { body, meta, dates } = piece.tokens();
  await transaction.run(
    "insert into log_index (rowid, body, meta, dates, previous, next) values (?, ?, ?, ?, ?, ?)",
    id,
    body,
    meta,
    dates,
    previous,
    next,
  );
}

/** Takes pieces out of the index; returns how many. */
async function forget(
  transaction: Transaction,
  { first, last, max }: PieceRange & { readonly max: number },
): Promise<number> {
  const rows = await transaction.all("select id from log_pieces where id between ? and ? limit ?", first, last, max);
  for (const row of rows) {
    await transaction.run("delete from log_index where rowid = ?", number(row, "id"));
    await transaction.run("delete from log_pieces where id = ?", number(row, "id"));
  }
  return rows.length;
}
