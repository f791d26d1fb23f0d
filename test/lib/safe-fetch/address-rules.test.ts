// Addresses as attackers write them, and as they come out of the URL parser: none that is not public may be dialled.

import { describe, expect, test } from "vitest";
import { createAddressRules } from "../../../src/lib/safe-fetch/address-rules.ts";
import { guardedFetch, signal } from "./loopback.ts";

/** Hosts of URLs that must be refused without a name being looked up. */
const HOSTILE_HOSTS = [
  // this machine
  ..."127.0.0.1 127.0.0.1. 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0.1.2.3 2130706433 0x7f000001 0x7F.1 017700000001".split(
    " ",
  ),
  ..."0177.0.0.1 0x7f.0x0.0x0.0x1 127.0.0x1 0177.1 %31%32%37.0.0.1 127%2e0%2e0%2e1 １２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1".split(
    " ",
  ),
  ..."[::1] [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0.0.0.1]".split(" "),
  // private networks
  ..."10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 167772161 0xa000001 3232235521 012.0.0.1".split(
    " ",
  ),
  ..."0xc0.0xa8.1 [fc00::1] [fd00::1] [fdff:ffff::1] [fec0::1] [fe80::1] [febf::1]".split(" "),
  // link-local and the clouds' metadata
  ..."169.254.0.1 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 169.254.170.2 100.100.100.200".split(
    " ",
  ),
  ..."192.0.0.192 168.63.129.16 0xa83f8110 [fd00:ec2::254] [fd20:ce::254]".split(" "),
  // carriers, documentation, benchmarks, relays, the future
  ..."100.64.0.1 100.127.255.255 192.0.0.1 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 192.88.99.1".split(
    " ",
  ),
  ..."224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 4294967295 192.31.196.1 192.52.193.1 192.175.48.1".split(" "),
  ..."[ff02::1] [ff0e::1] [100::1] [2001:db8::1] [3fff::1] [5f00::1] [2001::1] [2001:10::1] [2001:20::1] [2620:4f:8000::1]".split(
    " ",
  ),
  ..."[4000::1] [8000::1] [1::1] [1fff::1]".split(" "),
  // IPv4 inside IPv6
  ..."[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:168.63.129.16]".split(
    " ",
  ),
  ..."[0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [::7f00:1] [::a9fe:a9fe] [::8.8.8.8] [::ffff:0:127.0.0.1] [::ffff:0:8.8.8.8]".split(
    " ",
  ),
  ..."[64:ff9b::127.0.0.1] [64:ff9b::a00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::127.0.0.1] [64:ff9b:1::808:808]".split(
    " ",
  ),
  ..."[2002:7f00:1::] [2002:a00:1::1] [2002:a9fe:a9fe::1] [2002:808:808::1] [2001:0:7f00:1::]".split(" "),
];

const PUBLIC = [
  ..."1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255".split(
    " ",
  ),
  ..."169.255.0.1 172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255".split(
    " ",
  ),
  ..."168.63.129.15 168.63.129.17 203.0.114.1 2606:4700::1111 2001:4860:4860::8888 2400:3200::1 2a00:1450:4001::1".split(
    " ",
  ),
  ..."::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:b28:f23d::a".split(" "),
];

describe("hostile addresses", () => {
  const { fetch } = guardedFetch({
    resolve: async (name) => {
      throw new Error(`${name} was looked up`);
    },
  });

  test.each(HOSTILE_HOSTS)("http://%s/ is refused", async (host) => {
    await expect(fetch(`http://${host}/latest/meta-data/`, { signal })).rejects.toThrow(
      /may not be reached.*not public/,
    );
  });

  test("there are many of them", () => {
    expect(new Set(HOSTILE_HOSTS).size).toBeGreaterThan(100);
  });

  test.each([
    ["file:///etc/passwd", /Only http and https/],
    ["ftp://example.com/", /Only http and https/],
    ["gopher://example.com/_x", /Only http and https/],
    ["data:text/html,x", /Only http and https/],
    ["javascript:alert(1)", /Only http and https/],
    ["ws://example.com/", /Only http and https/],
    ["unix:/var/run/docker.sock", /Only http and https/],
    ["http://user@example.com/", /user name or password/],
    ["http://user:pass@example.com/", /user name or password/],
    ["http://example.com@127.0.0.1/", /user name or password/],
    ["http://example.com:22/", /Port 22/],
    ["http://example.com:6379/", /Port 6379/],
    ["https://example.com:8443/", /Port 8443/],
    ["http://", /no whole URL/],
    ["//example.com/", /no whole URL/],
    ["example.com", /no whole URL/],
    ["", /no whole URL/],
    ["http://[::1%25eth0]/", /no whole URL/],
    ["http://1.2.3.4.5/", /no whole URL/],
    ["http://256.1.1.1/", /no whole URL/],
    ["http://exa mple.com/", /no whole URL/],
    [`http://example.com/${"a".repeat(5_000)}`, /over 4000 characters/],
  ])("%s is refused before anything is looked up", async (url, reason) => {
    await expect(fetch(url, { signal })).rejects.toThrow(reason);
  });
});

describe("the rules", () => {
  const refusal = createAddressRules();

  test.each(PUBLIC)("%s is public", (address) => expect(refusal(address)).toBeUndefined());

  test.each(["", "example.com", "127.0.0.1.", "::1%lo", "fe80::1%eth0"])("%j is nothing to dial", (text) =>
    expect(refusal(text)).toBeDefined(),
  );

  test("an allowed network opens itself and nothing else", () => {
    const some = createAddressRules(["198.18.0.0/15", "fd12:3456::/32"]);
    for (const inside of ["198.18.0.1", "198.19.255.255", "::ffff:198.18.0.1", "fd12:3456::1", "8.8.8.8"]) {
      expect(some(inside)).toBeUndefined();
    }
    for (const outside of ["127.0.0.1", "10.0.0.1", "198.51.100.1", "fd12:3457::1", "::1"]) {
      expect(some(outside)).toBeDefined();
    }
  });

  test.each(["0.0.0.0/0", "0.0.0.0/7", "::/0", "f000::/4", "10.0.0.1", "ten", "10.0.0.0/33"])(
    "%s cannot be allowed",
    (cidr) => expect(() => createAddressRules([cidr])).toThrow(/allows too much|is no network/),
  );
});
