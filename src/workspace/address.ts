import { isIP } from "node:net";

import ipaddr from "ipaddr.js";

type Range = { readonly prefix: readonly number[]; readonly bits: number; readonly what: string };

// IANA special-purpose registries (RFC 6890 and updates), and addresses that clouds give to their metadata services.
const IPV4_RANGES = ranges([
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback"],
  ["168.63.129.16/32", "a cloud's metadata service"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "protocol assignments"],
  ["192.0.2.0/24", "documentation"],
  ["192.31.196.0/24", "AS112"],
  ["192.52.193.0/24", "AMT"],
  ["192.88.99.0/24", "6to4 relay"],
  ["192.168.0.0/16", "private"],
  ["192.175.48.0/24", "AS112"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["255.255.255.255/32", "broadcast"],
  ["240.0.0.0/4", "reserved"],
]);

// Named for the message only: whatever lies outside 2000::/3 is refused in any case.
const IPV6_RANGES = ranges([
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["::ffff:0:0/96", "IPv4-mapped"],
  ["::ffff:0:0:0/96", "IPv4-translated"],
  ["::/96", "IPv4-compatible"],
  ["64:ff9b::/96", "NAT64"],
  ["64:ff9b:1::/48", "NAT64"],
  ["100::/64", "discard"],
  ["2001::/32", "Teredo"],
  ["2001::/23", "protocol assignments"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4"],
  ["2620:4f:8000::/48", "AS112"],
  ["3ffe::/16", "6bone"],
  ["3fff::/20", "documentation"],
  ["fc00::/7", "unique local"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
]);
const GLOBAL_UNICAST = ranges([["2000::/3", "global unicast"]]);

/** Why an IP address may not be reached; `undefined` only for a global unicast address. */
export function refusalOfAddress(address: string): string | undefined {
  if (address.includes("%")) return "has a zone id";
  if (isIP(address) === 0) return "is not an IP address";
  const bytes = ipaddr.parse(address).toByteArray();
  if (bytes.length === 4) return describe(find(IPV4_RANGES, bytes));
  const special = find(IPV6_RANGES, bytes);
  if (special === undefined && find(GLOBAL_UNICAST, bytes) === undefined) return "is not global unicast";
  return describe(special);
}

function describe(range: Range | undefined): string | undefined {
  return range && `is not public (${range.what})`;
}

function find(table: readonly Range[], bytes: readonly number[]): Range | undefined {
  return table.find(({ prefix, bits }) => sharesBits(prefix, bytes, bits));
}

function sharesBits(a: readonly number[], b: readonly number[], bits: number): boolean {
  const whole = Math.floor(bits / 8);
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = bits % 8;
  return rest === 0 || Number(a[whole]) >> (8 - rest) === Number(b[whole]) >> (8 - rest);
}

function ranges(rows: readonly (readonly [cidr: string, what: string])[]): Range[] {
  return rows.map(([cidr, what]) => {
    const [address = "", bits = ""] = cidr.split("/");
    return { prefix: ipaddr.parse(address).toByteArray(), bits: Number(bits), what };
  });
}
