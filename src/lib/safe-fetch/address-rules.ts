// Which addresses an untrusted URL may lead to: public ones, and the networks that somebody allowed in so many words. It judges an
// address, never a name: a name is judged by what it resolves to, when it is dialled.

import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Why an address is refused; undefined: it may be dialled. */
export type AddressRefusal = (address: string) => string | undefined;

/** What ipaddr.js calls unicast and the world does not. */
const FURTHER_RANGES: readonly Network[] = [
  // Platform services of a large cloud: not private by number, never public by meaning.
  "168.63.129.16/32",
  // Only 2000::/3 is given out. The old ways of writing IPv4 inside IPv6 lie outside of it, and some stacks still dial what is inside.
  "::/3",
  "4000::/2",
  "8000::/1",
].map(networkFrom);

/** `::ffff:0:0/96` and the well-known prefix of NAT64: what counts is the IPv4 address inside. */
const NAT64 = networkFrom("64:ff9b::/96");
/** An allowed network wider than these would be a way to switch the check off. */
const PREFIX_MIN = { ipv4: 8, ipv6: 7 } as const;

export function createAddressRules(allowCidrs: readonly string[] = []): AddressRefusal {
  const allowed = allowCidrs.map(allowedNetwork);
  return (text) => {
    if (!ipaddr.isValid(text)) return `${text} is no address`;
    const address = innerOf(ipaddr.parse(text));
    if (allowed.some((network) => isIn(address, network))) return undefined;
    const range = address.range();
    if (range !== "unicast") return `${text} is not public (${range})`;
    if (FURTHER_RANGES.some((network) => isIn(address, network))) return `${text} is not public (reserved)`;
    return undefined;
  };
}

function innerOf(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return isIn(address, NAT64) ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

const isIn = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match([network, bits]);

function networkFrom(cidr: string): Network {
  return ipaddr.parseCIDR(cidr);
}

function allowedNetwork(cidr: string): Network {
  const fault = networkFault(cidr);
  if (fault !== undefined) throw new Error(fault);
  return networkFrom(cidr);
}

/** Why a network cannot be allowed. */
export function networkFault(cidr: string): string | undefined {
  if (!ipaddr.isValidCIDR(cidr)) return `"${cidr}" is no network; write for example 10.1.0.0/16`;
  const [address, bits] = networkFrom(cidr);
  const least = PREFIX_MIN[address.kind()];
  return bits < least ? `"${cidr}" allows too much; the widest network is /${least}` : undefined;
}
