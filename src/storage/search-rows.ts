// One transaction's worth of indexing: rows and mark move together, so a crash loses no piece and doubles none.
//
// A piece holds its neighbours' words too, and the successor of the last step is not known yet: that step is indexed without
// it, stands behind the mark `settled`, and is written anew once there is a next one.

import type { SessionKey } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import type { LogTokens, SearchPiece } from "../core/store.ts";
import { number, type Transaction, text } from "./database.ts";
import { stepFrom } from "./rows.ts";

/** Few enough that nobody else's commit waits long for them. */
const PIECES_PER_UNIT_MAX = 32;
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

interface Mark {
  readonly settled: number;
  readonly settledPiece: number;
  readonly seen: number;
}

interface CutStep {
  readonly step: Step;
  readonly pieces: readonly SearchPiece[];
}

/** Indexes the next steps of the session; true when there are more. */
export async function indexSome(transaction: Transaction, session: SessionKey, tokens: LogTokens): Promise<boolean> {
  const known = await transaction.get(
    `insert into log_indexed (session, version, settled, settled_piece, seen) values (?, ?, 0, 0, 0)
     on conflict (session) do update set session = excluded.session returning *`,
    session,
    tokens.version,
  );
  if (!known) return false;
  const range = pieceRange(number(known, "number"));
  let mark: Mark = {
    settled: number(known, "settled"),
    settledPiece: number(known, "settled_piece") || range.first - 1,
    seen: number(known, "seen"),
  };
  if (text(known, "version") !== tokens.version) {
    if ((await forget(transaction, range.first - 1, range.last, FORGOTTEN_PER_UNIT_MAX)) > 0) return true;
    mark = { settled: 0, settledPiece: range.first - 1, seen: 0 };
  }
  if (!(await finishedAfter(transaction, session, mark.seen))) return false;

  const { steps, isAtEnd } = await nextSteps(transaction, session, mark.settled, tokens);
  const last = steps.at(-1);
  if (!last) return false;
  await forget(transaction, mark.settledPiece, range.last, PIECES_PER_SESSION_MAX);
  const before = steps.slice(0, -1);
  const spoken = await headBefore(transaction, range.first, mark.settledPiece, tokens);
  const pieces = joined(steps, spoken).filter(({ step }) => isAtEnd || step !== last.step);
  for (const [index, piece] of pieces.entries()) await insertPiece(transaction, mark.settledPiece + 1 + index, piece);
  const settled = before.at(-1)?.step.seq ?? mark.settled;
  await transaction.run(
    "update log_indexed set version = ?, settled = ?, settled_piece = ?, seen = ? where session = ?",
    tokens.version,
    settled,
    mark.settledPiece + before.reduce((sum, { pieces }) => sum + pieces.length, 0),
    isAtEnd ? last.step.seq : settled,
    session,
  );
  return !isAtEnd;
}

/** As many finished steps as make a unit, at least two if there are. */
async function nextSteps(
  transaction: Transaction,
  session: SessionKey,
  after: number,
  tokens: LogTokens,
): Promise<{ readonly steps: readonly CutStep[]; readonly isAtEnd: boolean }> {
  const steps: CutStep[] = [];
  let pieces = 0;
  for (let seq = after; steps.length < 2 || pieces < PIECES_PER_UNIT_MAX; ) {
    const step = await finishedAfter(transaction, session, seq);
    if (!step) return { steps, isAtEnd: true };
    const cut = { step, pieces: tokens.piecesOf(step) };
    steps.push(cut);
    // A step without pieces is work as well.
    pieces += Math.max(1, cut.pieces.length);
    seq = step.seq;
  }
  return { steps, isAtEnd: false };
}

/** The next step, unless it is a call that waits for its result: what comes after waits with it. */
async function finishedAfter(transaction: Transaction, session: SessionKey, seq: number): Promise<Step | undefined> {
  const row = await transaction.get(
    "select * from steps where session = ? and seq > ? order by seq limit 1",
    session,
    seq,
  );
  const step = row && stepFrom(row);
  return step?.body.kind === "call" && !step.body.result ? undefined : step;
}

/** What the last one who spoke said, for the first piece of this unit. */
async function headBefore(
  transaction: Transaction,
  firstPiece: number,
  lastPiece: number,
  tokens: LogTokens,
): Promise<string> {
  const row = await transaction.get(
    `select s.* from log_pieces p join steps s on s.session = p.session and s.seq = p.seq
     where p.id between ? and ? and p.kind in ('said', 'reply') order by p.id desc limit 1`,
    firstPiece,
    lastPiece,
  );
  return row ? (tokens.piecesOf(stepFrom(row)).at(-1)?.head ?? "") : "";
}

interface JoinedPiece {
  readonly step: Step;
  readonly piece: SearchPiece;
  readonly previous: string;
  readonly next: string;
}

const isSpoken = ({ body }: Step): boolean => body.kind === "said" || body.kind === "reply";

/**
 * Each piece with its neighbours: before it the piece of the same step, else the last one who spoke (an answer belongs to its
 * question, whatever tools were used in between); after it whatever comes.
 */
function joined(steps: readonly CutStep[], spokenBefore: string): readonly JoinedPiece[] {
  const all = steps.flatMap(({ step, pieces }) => pieces.map((piece) => ({ step, piece })));
  let spoken = spokenBefore;
  return all.map(({ step, piece }, index) => {
    const before = all[index - 1];
    const isContinued = before?.step === step;
    if (before && !isContinued && isSpoken(before.step)) spoken = before.piece.head;
    return { step, piece, previous: isContinued ? before.piece.head : spoken, next: all[index + 1]?.piece.head ?? "" };
  });
}

async function insertPiece(transaction: Transaction, id: number, joined: JoinedPiece): Promise<void> {
  const { step, piece, previous, next } = joined;
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
  await transaction.run(
    "insert into log_index (rowid, body, meta, dates, previous, next) values (?, ?, ?, ?, ?, ?)",
    id,
    piece.body,
    piece.meta,
    piece.dates,
    previous,
    next,
  );
}

/** Takes pieces out of the index; returns how many. */
async function forget(transaction: Transaction, after: number, last: number, max: number): Promise<number> {
  const rows = await transaction.all("select id from log_pieces where id > ? and id <= ? limit ?", after, last, max);
  for (const row of rows) {
    await transaction.run("delete from log_index where rowid = ?", number(row, "id"));
    await transaction.run("delete from log_pieces where id = ?", number(row, "id"));
  }
  return rows.length;
}
