// What went wrong in the browser, as a sentence for a model: what happened and what it may do instead.

import type { Refusal } from "../../../lib/guarded-proxy/proxy-pass.ts";

const NETWORK: Readonly<Record<string, string>> = {
  ERR_BLOCKED_BY_CLIENT: "the browser refuses it",
  ERR_CONNECTION_CLOSED: "it broke the connection off",
  ERR_CONNECTION_RESET: "it broke the connection off",
  ERR_EMPTY_RESPONSE: "it answered nothing",
  ERR_HTTP_RESPONSE_CODE_FAILURE: "it answered with an error and no page",
  ERR_INVALID_RESPONSE: "its answer is no HTTP",
  ERR_SSL_PROTOCOL_ERROR: "it speaks no TLS there",
  ERR_TIMED_OUT: "it did not answer in time",
  ERR_TOO_MANY_REDIRECTS: "it leads on and on",
  ERR_TUNNEL_CONNECTION_FAILED: "there is no way to it",
};

const DOWNLOAD = "That is a file to download, not a page, and downloads are refused; fetch_url reads text files.";

/** Why a page did not come. */
export function navigationFailure(url: string, cause: string, refusals: readonly Refusal[]): string {
  const host = URL.parse(url)?.hostname ?? "";
  const refusal = refusals.findLast((one) => one.host === host) ?? (host === "" ? refusals.at(-1) : undefined);
  if (refusal) return refusal.reason;
  const code = /net::(ERR_[A-Z_]+)/.exec(cause)?.[1] ?? "";
  if (/Download is starting/.test(cause)) return DOWNLOAD;
  if (/Timeout \d+ms/.test(cause)) return `${host} did not answer in time.`;
  if (code.startsWith("ERR_CERT")) return `${host} cannot be opened: its certificate is not good (${code}).`;
  return `${host || "The page"} cannot be opened: ${NETWORK[code] ?? (code || "the browser gave no reason")}.`;
}

/** Why a control could not be used. */
export function controlFailure(target: number, cause: string): string {
  const name = `#${target}`;
  const again = "Read the page again and use a number of what is there now.";
  if (/intercepts pointer events/.test(cause))
    return `Something lies over ${name}: close what covers it first. ${again}`;
  if (/not attached|context was destroyed|has been disposed|not connected|JSHandle|Cannot find context/i.test(cause)) {
    return `${name} is not there any more. ${again}`;
  }
  if (/not visible|outside of the viewport/.test(cause)) return `${name} cannot be seen now. ${again}`;
  if (/not enabled|disabled|read-?only|not editable/.test(cause)) return `${name} is switched off.`;
  if (/not an? <input>|does not have a role|Element is not/.test(cause)) return `${name} is no field to type into.`;
  if (/did not find some options/.test(cause)) return `${name} has no such option.`;
  if (/Element is not a <select>/.test(cause)) return `${name} is no choice; click it instead.`;
  return `${name} could not be used in time. ${again}`;
}

/** The few words of the browser's own message; it may hold the page's text and the way it was called. */
export const causeOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 4_000);
