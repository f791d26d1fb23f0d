// Tool calls out of streamed pieces, as OpenAI-compatible servers really send them: without index, without id, all with
// index 0, whole in one piece, or with the arguments as an object. Knows nothing of the stream around them.

import { AppError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";
import type { RequestedCall } from "../../core/model.ts";

interface OpenCall {
  id: string;
  name: string;
  argumentsText: string;
}

interface Piece {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
}

export class OpenAiToolCalls {
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();

  add(pieces: unknown): void {
    if (!Array.isArray(pieces)) return;
    for (const raw of pieces) {
      const piece = pieceFrom(raw);
      if (piece) this.#addPiece(piece);
    }
  }

  /** In the order they were begun. `isCut`: the reply ended at its limit, so the last one may be incomplete. */
  finish(isCut: boolean): readonly RequestedCall[] {
    return this.#calls.map(({ name, argumentsText }, position) => {
      if (name === "") throw new AppError("provider-bad-reply", "a tool call came without a name");
      const isLast = position === this.#calls.length - 1;
      // No arguments is how some servers say {}; of a call that was cut off it says nothing.
      return { name, argumentsText: argumentsText === "" && !(isCut && isLast) ? "{}" : argumentsText };
    });
  }

  #addPiece(piece: Piece): void {
    const open = this.#openCall(piece);
    const call = open && !startsAnother(open, piece) ? open : this.#begin(piece.index);
    if (call.id === "") call.id = piece.id;
    if (call.name === "") call.name = piece.name;
    // Some servers say the whole arguments once more at the end.
    if (piece.argumentsText === call.argumentsText && isWholeJson(call.argumentsText)) return;
    call.argumentsText += piece.argumentsText;
  }

  #openCall({ index, id }: Piece): OpenCall | undefined {
    if (index !== undefined) return this.#byIndex.get(index);
    const same = id === "" ? undefined : this.#calls.find((call) => call.id === id);
    return same ?? this.#calls.at(-1);
  }

  #begin(index: number | undefined): OpenCall {
    const call: OpenCall = { id: "", name: "", argumentsText: "" };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }
}

/** The server gave this piece the place of a call it does not belong to. */
function startsAnother(open: OpenCall, piece: Piece): boolean {
  if (open.id !== "" && piece.id !== "") return open.id !== piece.id;
  return piece.name !== "" && open.name !== "" && isWholeJson(open.argumentsText);
}

function isWholeJson(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function pieceFrom(raw: unknown): Piece | undefined {
  if (!isJsonObject(raw)) return undefined;
  const called = isJsonObject(raw.function) ? raw.function : {};
  const given = called.arguments;
  return {
    index: typeof raw.index === "number" ? raw.index : undefined,
    id: typeof raw.id === "string" ? raw.id : "",
    name: typeof called.name === "string" ? called.name : "",
    argumentsText: typeof given === "string" ? given : isJsonObject(given) ? JSON.stringify(given) : "",
  };
}
