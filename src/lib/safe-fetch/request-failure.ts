// What went wrong on the way, in our words: a system's own message may hold more than whoever asked should see.

import { RefusedRequest } from "./refused-request.ts";

const causes: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it broke the connection off",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  UND_ERR_CONNECT_TIMEOUT: "no connection came about in time",
  UND_ERR_HEADERS_OVERFLOW: "its header is too long",
  UND_ERR_SOCKET: "it broke the connection off",
};

export function requestFailure(error: unknown, host: string): RefusedRequest {
  return refusalIn(error) ?? new RefusedRequest(`${host} cannot be reached${why(error)}.`, { cause: error });
}

export function bodyFailure(error: unknown): RefusedRequest {
  return refusalIn(error) ?? new RefusedRequest(`The answer broke off${why(error)}.`, { cause: error });
}

function why(error: unknown): string {
  const code = codeIn(error);
  if (code === "") return "";
  return /CERT|TLS|SSL/.test(code) ? `: its certificate is not good (${code})` : `: ${causes[code] ?? code}`;
}

const codeIn = (error: unknown): string => {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof AggregateError ? codeIn(error.errors[0]) : codeIn(error.cause);
};

/** Several addresses that failed come as one error with many. */
function refusalIn(error: unknown): RefusedRequest | undefined {
  if (error instanceof RefusedRequest) return error;
  if (error instanceof AggregateError) return error.errors.map(refusalIn).find((one) => one !== undefined);
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}
