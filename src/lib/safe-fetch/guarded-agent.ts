// A dispatcher that dials checked addresses only. The check stands where the connection is made: a name that answers differently the
// second time is dialled at the answer that was checked, and one private answer among public ones refuses the name as a whole.
// Proxies of the environment are not looked at.

import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { createAddressRules } from "./address-rules.ts";
import { RefusedRequest } from "./refused-request.ts";

/** All addresses of a name. */
export type ResolveName = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface GuardedAgentOptions {
  /** Networks that may be dialled although they are not public, each in so many words. */
  readonly allowCidrs?: readonly string[] | undefined;
  readonly connectMs: number;
  readonly headerBytesMax: number;
  readonly resolve?: ResolveName | undefined;
}

const CONNECTIONS_PER_ORIGIN_MAX = 8;
const ORIGINS_MAX = 200;
const IDLE_MS = 4_000;
const ANSWERS_MAX = 64;

const resolveByMachine: ResolveName = (name) => lookup(name, { all: true });

export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  const { connectMs, headerBytesMax, resolve = resolveByMachine } = options;
  const refusal = createAddressRules(options.allowCidrs);

  async function checkedAddresses(name: string) {
    const answers = await resolve(name);
    if (answers.length === 0) throw new RefusedRequest(`${name} has no address`);
    for (const { address } of answers) {
      const reason = refusal(address);
      if (reason !== undefined)
        throw new RefusedRequest(`${name} leads to an address that may not be reached: ${reason}`);
    }
    return answers.slice(0, ANSWERS_MAX).map(({ address, family }) => ({ address, family }));
  }

  const lookupChecked: LookupFunction = (name, { all }, callback) => {
    checkedAddresses(name).then(
      (checked) => {
        const [first] = checked;
        if (all || !first) callback(null, checked);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ""),
    );
  };

  const connect = buildConnector({ lookup: lookupChecked, timeout: connectMs, allowH2: false });
  return new Agent({
    connect: (target, callback) => {
      // A literal address never comes to the lookup.
      const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
      const reason = isIP(host) === 0 ? undefined : refusal(host);
      if (reason !== undefined) callback(new RefusedRequest(`That address may not be reached: ${reason}`), null);
      else connect(target, callback);
    },
    allowH2: false,
    maxHeaderSize: headerBytesMax,
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    maxOrigins: ORIGINS_MAX,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
  });
}
