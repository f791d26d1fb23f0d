// The search over one session's log. Isolation does not rest on words: a search sees only the numbers of its session's pieces,
// and each hit's row is checked again. No word of a question can become syntax: each is quoted.

import type { LogTokens, SearchHit, SearchQuery } from "../core/log-search.ts";
import type { SessionKey } from "../core/message.ts";
import type { StepBody } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import { type Database, number, type Row, type Statements, text } from "./database.ts";
import { type PieceRange, pieceRange } from "./search-rows.ts";
import { createSearchableLog, type SearchableLog } from "./searchable-log.ts";
import { createTokenCounts, type TokenCounts } from "./token-counts.ts";

/** Body, who spoke, dates, the piece before, the piece after. */
const WEIGHTS = "1, 0.8, 2, 0.5, 0.25";
/** What a search may cost, in pieces of its session that it looks at. */
const COST_MAX = 1_500;
/** A piece of any session that holds a token costs this much of one that is looked at: the rank counts them all. */
const COUNTED_PIECE_COST = 0.2;
/** Where affordable tokens found too little, the least common of the others are asked too, but only of the newest pieces. */
const HITS_ENOUGH = 5;
const COMMON_ASKED_MAX = 3;
const NEWEST_PIECES = 4_000;
/** A token in so few pieces of many is a name: it counts twice where it was said, or a common word repeated there outweighs it. */
const NAME_PIECES_MAX = 8;
const NAME_SHARE_MAX = 0.01;
const SAID_IN = "{body meta}";
const HITS_MAX = 100;
const TOKENS_MAX = 100;

export interface LogSearch extends Pick<Store, "searchLog"> {
  readonly log: SearchableLog;
}

export function createLogSearch(database: Database, tokens: LogTokens): LogSearch {
  const log = createSearchableLog(database, tokens);
  const counts = createTokenCounts(database.read);

  async function find(
    session: SessionKey,
    { first, last }: PieceRange,
    wanted: readonly Counted[],
    limit: number,
  ): Promise<readonly SearchHit[]> {
    if (wanted.length === 0) return [];
    const rows = await database.read.all(
      `select p.*, found.badness as badness from (
         select rowid as id, bm25(log_index, ${WEIGHTS}) as badness from log_index
         where log_index match ? and rowid between ? and ? order by badness limit ?
       ) as found join log_pieces p on p.id = found.id where p.session = ? order by found.badness`,
      wanted.flatMap(phrasesOf).join(" OR "),
      first,
      last,
      limit,
      session,
    );
    return rows.map(hitFrom);
  }

  return {
    log,
    searchLog: async (session, query, limit) => {
      await log.catchUp(session);
      const pieces = await piecesOf(database.read, session);
      if (!pieces) return [];
      const own = pieces.newest - pieces.first + 1;
      const share = await counts.shareOf(own);
      const nameMax = Math.min(NAME_PIECES_MAX, (own / share) * NAME_SHARE_MAX);
      const { rare, common } = await affordable(query, share, nameMax, counts.countOf);
      const hitsMax = Math.min(limit, HITS_MAX);
      const hits = await find(session, pieces, rare, hitsMax);
      if (hits.length >= Math.min(limit, HITS_ENOUGH) || common.length === 0) return hits;
      const newest = { first: Math.max(pieces.first, pieces.newest - NEWEST_PIECES), last: pieces.last };
      const more = await find(session, newest, [...rare, ...common.slice(0, COMMON_ASKED_MAX)], hitsMax);
      const known = new Set(more.map(placeOf));
      return [...more, ...hits.filter((hit) => !known.has(placeOf(hit)))]
        .toSorted((a, b) => b.score - a.score)
        .slice(0, hitsMax);
    },
  };
}

const placeOf = ({ task, n, start }: SearchHit): string => `${task} ${n} ${start}`;

interface SessionPieces extends PieceRange {
  /** The last number in use, or nearly. */
  readonly newest: number;
}

async function piecesOf(read: Statements, session: SessionKey): Promise<SessionPieces | undefined> {
  const row = await read.get("select number, piece from log_indexed where session = ?", session);
  if (!row) return undefined;
  const range = pieceRange(number(row, "number"));
  return { ...range, newest: Math.max(range.first, number(row, "piece")) };
}

/** Without a tokenizer nothing is indexed, so nothing is found. */
export const noLogSearch: Pick<Store, "searchLog"> = { searchLog: async () => [] };

/** A string of the index's language. A NUL would end it early; a quote is doubled; there is no other way out of it. */
const quoted = (token: string): string => `"${token.replaceAll("\0", " ").replaceAll('"', '""')}"`;

interface Counted {
  readonly token: string;
  readonly pieces: number;
  readonly isName: boolean;
}

const phrasesOf = ({ token, isName }: Counted): readonly string[] =>
  isName ? [quoted(token), `${SAID_IN} : ${quoted(token)}`] : [quoted(token)];

/** The tokens that are somewhere, the rarest first, parted where they would cost too much together. */
async function affordable(
  { words, characters, dates }: SearchQuery,
  share: number,
  nameMax: number,
  countOf: TokenCounts["countOf"],
): Promise<{ readonly rare: readonly Counted[]; readonly common: readonly Counted[] }> {
  const cost = COUNTED_PIECE_COST + share;
  const counted: Counted[] = [];
  for (const token of [...dates, ...words, ...characters].slice(0, TOKENS_MAX)) {
    const pieces = await countOf(quoted(token), Math.ceil(COST_MAX / cost) + 1);
    if (pieces > 0) counted.push({ token, pieces, isName: pieces <= nameMax });
  }
  const rare: Counted[] = [];
  const common: Counted[] = [];
  let sum = 0;
  for (const one of counted.sort((a, b) => a.pieces - b.pieces)) {
    sum += one.pieces * cost;
    (sum <= COST_MAX ? rare : common).push(one);
  }
  return { rare, common };
}

const hitFrom = (row: Row): SearchHit => ({
  task: text(row, "task"),
  n: number(row, "n"),
  kind: text(row, "kind") as StepBody["kind"],
  at: number(row, "at"),
  start: number(row, "start"),
  speaker: text(row, "speaker"),
  isQuestion: number(row, "is_question") === 1,
  score: -number(row, "badness"),
});
