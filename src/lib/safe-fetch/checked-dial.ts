// The check that stands where a connection is made: a name is dialled at the answers that were judged and at no others, one private
// answer among public ones refuses the name as a whole, and a literal address is judged as it is.

import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { createAddressRules } from "./address-rules.ts";
import { RefusedRequest } from "./refused-request.ts";

/** All addresses of a name. */
export type ResolveName = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface CheckedDial {
  /** For whoever makes the connection; it never hears of a literal address. */
  readonly lookup: LookupFunction;
  /** Throws if the host is a literal address that may not be reached. A name passes: the lookup judges it. */
  checkLiteral(host: string): void;
}

const ANSWERS_MAX = 64;

const resolveByMachine: ResolveName = (name) => lookup(name, { all: true });

export function createCheckedDial(
  allowCidrs: readonly string[] | undefined,
  resolve: ResolveName = resolveByMachine,
): CheckedDial {
  const refusal = createAddressRules(allowCidrs);

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

  return {
    lookup: (name, { all }, callback) => {
      checkedAddresses(name).then(
        (checked) => {
          const [first] = checked;
          if (all || !first) callback(null, checked);
          else callback(null, first.address, first.family);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ""),
      );
    },
    checkLiteral: (host) => {
      const bare = host.replace(/^\[(.*)\]$/, "$1");
      const reason = isIP(bare) === 0 ? undefined : refusal(bare);
      if (reason !== undefined) throw new RefusedRequest(`That address may not be reached: ${reason}`);
    },
  };
}
