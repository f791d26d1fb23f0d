// Which hosts a list of names means. Names only: an address is never listed, and never asked for in place of a name.

import { isIP } from "node:net";

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const WITH_ALL_BELOW = "*.";

/** `api.example.com`; `*.example.com`: it and all below; `*`: every host. */
export function isHostRule(text: string): boolean {
  const name = text.startsWith(WITH_ALL_BELOW) ? text.slice(WITH_ALL_BELOW.length) : text;
  return text === "*" || hostName(name) === name.toLowerCase();
}

/** The name as it is compared: small letters, no dot at the end. Undefined: it is none, such as an address in any notation. */
export function hostName(host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  // What a resolver would read as an address ends in a number: 127.1, 0x7f.1, 2130706433.
  const isAddress = isIP(name) !== 0 || /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name);
  return NAME.test(name) && !isAddress ? name : undefined;
}

export function createHostRules(rules: readonly string[]): (host: string) => boolean {
  const listed = rules.map((rule) => rule.toLowerCase());
  return (host) => {
    const name = hostName(host);
    if (name === undefined) return false;
    return listed.some((rule) => {
      if (rule === "*" || rule === name) return true;
      if (!rule.startsWith(WITH_ALL_BELOW)) return false;
      const parent = rule.slice(WITH_ALL_BELOW.length);
      return name === parent || name.endsWith(`.${parent}`);
    });
  };
}
