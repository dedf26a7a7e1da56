import { assert, constantFrom, ipV4, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { refusalOfAddress } from "./address.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

describe("refusalOfAddress", () => {
  test.for([
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2a00:1450:4001:830::200e",
  ])("%s is public", (address) => {
    expect(refusalOfAddress(address)).toBeUndefined();
  });

  test.for([
    ["0.0.0.0", "this network"],
    ["0.255.255.255", "this network"],
    ["10.0.0.1", "private"],
    ["10.255.255.255", "private"],
    ["100.64.0.0", "carrier-grade"],
    ["100.100.100.200", "carrier-grade"],
    ["100.127.255.255", "carrier-grade"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["168.63.129.16", "metadata"],
    ["169.254.169.254", "link-local"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.0.0.192", "protocol assignments"],
    ["192.0.2.1", "documentation"],
    ["192.88.99.1", "6to4"],
    ["192.168.1.1", "private"],
    ["198.18.0.1", "benchmarking"],
    ["198.19.255.255", "benchmarking"],
    ["198.51.100.7", "documentation"],
    ["203.0.113.7", "documentation"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.255", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "mapped"],
    ["::ffff:8.8.8.8", "mapped"],
    ["::127.0.0.1", "IPv4"],
    ["::7f00:1", "compatible"],
    ["::ffff:0:127.0.0.1", "translated"],
    ["64:ff9b::7f00:1", "NAT64"],
    ["64:ff9b:1::a00:1", "NAT64"],
    ["100::1", "discard"],
    ["2001::1", "Teredo"],
    ["2001:20::1", "protocol assignments"],
    ["2001:db8::1", "documentation"],
    ["2002:7f00:1::", "6to4"],
    ["3fff::1", "documentation"],
    ["fc00::1", "unique local"],
    ["fd00:ec2::254", "unique local"],
    ["fe80::1", "link-local"],
    ["fec0::1", "site-local"],
    ["ff02::1", "multicast"],
    ["5f00::1", "global unicast"],
    ["4000::1", "global unicast"],
    ["fe80::1%eth0", "zone"],
    ["0177.0.0.1", "not an IP"],
    ["example.com", "not an IP"],
    ["", "not an IP"],
  ] as const)("%s is refused: %s", ([address, why]) => {
    expect(refusalOfAddress(address)).toContain(why);
  });

  test("an IPv4 address is refused in every IPv6 disguise, whatever it is", () => {
    assert(
      property(ipV4(), constantFrom("::ffff:", "::", "::ffff:0:", "64:ff9b::"), (address, prefix) => {
        expect(refusalOfAddress(prefix + address)).toBeDefined();
      }),
    );
  });
});
