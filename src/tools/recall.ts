// The tool that looks back: it searches this conversation's log by words, and reads any stored step, or the rest of a long tool
// result, by its reference. What is found is only what was said or returned before: the model has seen it all once.

import type { Remembered, SearchMemory } from "../core/memory.ts";
import type { SessionKey } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import { wholeText } from "../core/step-text.ts";
import type { Tool } from "../core/tool.ts";

const PIECE_CHARS_MAX = 12_000;
const RESULTS_MAX = 10;
const RESULTS_DEFAULT = 6;
const KEYWORDS_MAX = 20;
const QUERY_CHARS_MAX = 1_000;
const KEYWORD_CHARS_MAX = 100;
const REFERENCE = /^([A-Za-z0-9_-]{1,80})\.(\d{1,9})$/;

/** Finds a step of this session only: another conversation's reference finds nothing. */
export type FindStep = (session: SessionKey, task: string, n: number) => Promise<Step | undefined>;

export interface RecallParts {
  readonly findStep: FindStep;
  readonly search: SearchMemory;
}

export function createRecall({ findStep, search }: RecallParts): Tool {
  return {
    name: "recall",
    description:
      "Looks back into this conversation, also behind what you still see of it. Give either `query`, to search everything that was " +
      "said, answered or returned by tools: you get short excerpts with date, speaker and reference. The search is by words, not by " +
      "meaning, so always add `keywords`: names, numbers, synonyms and the translation, in both Chinese and English " +
      '(["deploy", "release", "部署", "上线"]). Dates such as 昨天, last week or May 2 work in the query. Or give `reference`, to read ' +
      "that step, or the rest of a shortened tool result, in full: you get a piece; call again with a larger `offset` for more.",
    capabilities: [],
    isRepeatable: true,
    isParallel: true,
    parameters: {
      type: "object",
      properties: {
        query: {
          type: "string",
          maxLength: QUERY_CHARS_MAX,
          description: "What to look for, in the words of the conversation",
        },
        keywords: {
          type: "array",
          maxItems: KEYWORDS_MAX,
          items: { type: "string", maxLength: KEYWORD_CHARS_MAX },
          description: "Synonyms, names and translations, in Chinese and English",
        },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: RESULTS_MAX,
          description: `How many excerpts; ${RESULTS_DEFAULT} if absent`,
        },
        reference: {
          type: "string",
          description: "A reference such as task_abc.4, from a search or a shortened result",
        },
        offset: { type: "integer", minimum: 0, description: "The first character to read; with reference only" },
      },
      additionalProperties: false,
    },
    run: async (args, { session, task, clock }) => {
      const reference = textOf(args.reference);
      if (reference !== "") return read(await find(session, reference), numberOf(args.offset, 0));
      const query = textOf(args.query);
      const keywords = Array.isArray(args.keywords) ? args.keywords.map(textOf).filter((word) => word !== "") : [];
      if (query === "" && keywords.length === 0) throw new Error("Give a query to search for, or a reference to read.");
      const limit = Math.min(numberOf(args.limit, RESULTS_DEFAULT), RESULTS_MAX);
      return listed(await search({ session, task, query, keywords, now: clock.now(), limit }));
    },
  };

  async function find(session: SessionKey, reference: string): Promise<Step> {
    const match = REFERENCE.exec(reference);
    const step = match?.[1] ? await findStep(session, match[1], Number(match[2])) : undefined;
    if (!step) throw new Error(`Nothing is stored under ${reference} in this conversation.`);
    return step;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value.trim() : "");
const numberOf = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

function read(step: Step, offset: number): string {
  const text = wholeText(step);
  const piece = text.slice(offset, offset + PIECE_CHARS_MAX);
  const left = Math.max(0, text.length - offset - piece.length);
  const speaker = step.body.kind === "said" && offset === 0 ? `${step.body.sender.name}: ` : "";
  return left > 0
    ? `${speaker}${piece}\n[${left} more characters; next offset ${offset + piece.length}]`
    : speaker + piece;
}

function listed(found: readonly Remembered[]): string {
  if (found.length === 0) {
    return "Nothing in this conversation holds these words. Try others: synonyms, names, and keywords in both Chinese and English.";
  }
  const lines = found.map((one, index) => {
    const place = one.offset > 0 ? `${one.reference} offset ${one.offset}` : one.reference;
    return `${index + 1}. [${place}] ${one.date}, ${speakerOf(one)}: ${one.excerpt}`;
  });
  return [
    "Excerpts of this conversation, best first; of what contradicts itself, the newest counts. Read one in full with its reference.",
    ...lines,
  ].join("\n");
}

function speakerOf({ kind, speaker }: Remembered): string {
  if (kind === "call") return `result of ${speaker}`;
  return kind === "reply" ? "you" : speaker;
}
