// Asks the questions of the notes through a real ledger and counts what comes back. The test holds a floor under it, the bench
// prints it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { createLogSearch } from "../../src/memory/log-search.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { notes } from "./retrieval-notes.ts";
import { ASKED_AT, type QuestionKind, questions } from "./retrieval-questions.ts";
import { SESSION, tell } from "./tell.ts";

export interface Retrieval {
  readonly kind: QuestionKind | "all";
  readonly questions: number;
  /** Shares of the wanted notes among the first five and ten. */
  readonly recallAt5: number;
  readonly recallAt10: number;
  /** Mean of 1 / place of the first wanted note. */
  readonly meanReciprocalRank: number;
  readonly missed: readonly string[];
}

export async function measureRetrieval(): Promise<readonly Retrieval[]> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-retrieval-"));
  const store = await openLedger({ folder, lockWaitMs: 0, logTokens: createLogTokens("UTC") });
  try {
    const noteOf = new Map<string, string>();
    for (const { id, at, speaker, text } of notes) {
      const task = await tell(store, text, { speaker, at: Date.parse(`${at.replace(" ", "T")}Z`) });
      noteOf.set(task, id);
    }
    const search = createLogSearch(store, "UTC");
    const asked = await Promise.all(
      questions.map(async (question) => {
        const { query, keywords } = question;
        const found = await search({ session: SESSION, task: "", query, keywords, now: ASKED_AT, limit: 10 });
        return { question, found: found.map(({ reference }) => noteOf.get(reference.replace(/\.\d+$/, "")) ?? "") };
      }),
    );
    const kinds = [...new Set(questions.map(({ kind }) => kind))];
    const ofKind = (kind: QuestionKind) => asked.filter(({ question }) => question.kind === kind);
    return [...kinds.map((kind) => score(kind, ofKind(kind))), score("all", asked)];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Asked {
  readonly question: (typeof questions)[number];
  readonly found: readonly string[];
}

function score(kind: Retrieval["kind"], asked: readonly Asked[]): Retrieval {
  const mean = (of: (one: Asked) => number): number => asked.reduce((sum, one) => sum + of(one), 0) / asked.length;
  const share = ({ question, found }: Asked, count: number): number =>
    question.wants.filter((id) => found.slice(0, count).includes(id)).length / question.wants.length;
  return {
    kind,
    questions: asked.length,
    recallAt5: mean((one) => share(one, 5)),
    recallAt10: mean((one) => share(one, 10)),
    meanReciprocalRank: mean(({ question, found }) => {
      const place = found.findIndex((id) => question.wants.includes(id));
      return place < 0 ? 0 : 1 / (place + 1);
    }),
    missed: asked.filter((one) => share(one, 5) < 1).map(({ question }) => question.query),
  };
}
