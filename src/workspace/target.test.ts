import { describe, expect, test } from "vitest";

import { parseHostRules } from "./hosts.ts";
import { parseTarget } from "./target.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

const target = (
  url: string,
  hosts: readonly string[] = ["*", "*:8080"],
  privateEndpoints: readonly string[] = [],
) => parseTarget(url, { hosts: parseHostRules(hosts), privateEndpoints: new Set(privateEndpoints) });

describe("parseTarget", () => {
  test.for([
    ["loopback", "http://127.0.0.1/"],
    ["localhost", "http://localhost/"],
    ["localhost with a dot", "http://localhost./"],
    ["below localhost", "http://a.localhost/"],
    ["upper case", "http://LOCALHOST/"],
    ["decimal", "http://2130706433/"],
    ["hexadecimal", "http://0x7f000001/"],
    ["hexadecimal parts", "http://0x7f.0.0.1/"],
    ["octal", "http://0177.0.0.1/"],
    ["short", "http://127.1/"],
    ["zero", "http://0/"],
    ["full width", "http://１２７.０.０.１/"],
    ["circled digits", "http://①②⑦.⓪.⓪.①/"],
    ["ideographic dots", "http://127。0。0。1/"],
    ["trailing dot", "http://127.0.0.1./"],
    ["percent-encoded", "http://%31%32%37.0.0.1/"],
    ["IPv6 loopback", "http://[::1]/"],
    ["IPv6 unspecified", "http://[::]/"],
    ["any", "http://0.0.0.0/"],
    ["mapped", "http://[::ffff:127.0.0.1]/"],
    ["compatible", "http://[::127.0.0.1]/"],
    ["translated", "http://[::ffff:0:127.0.0.1]/"],
    ["NAT64", "http://[64:ff9b::7f00:1]/"],
    ["local NAT64", "http://[64:ff9b:1::7f00:1]/"],
    ["6to4", "http://[2002:7f00:1::]/"],
    ["Teredo", "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/"],
    ["unique local", "http://[fd00:ec2::254]/"],
    ["site-local", "http://[fec0::1]/"],
    ["link-local", "http://[fe80::1]/"],
    ["zone id", "http://[fe80::1%25eth0]/"],
    ["IPv6 multicast", "http://[ff02::1]/"],
    ["metadata", "http://169.254.169.254/latest/meta-data/"],
    ["metadata as a number", "http://2852039166/"],
    ["metadata of Alibaba", "http://100.100.100.200/"],
    ["metadata of Azure", "http://168.63.129.16/"],
    ["metadata of Oracle", "http://192.0.0.192/"],
    ["metadata by name", "http://metadata.google.internal/"],
    ["metadata by name, dot", "http://metadata.google.internal./"],
    ["metadata.goog", "http://metadata.goog/"],
    ["short metadata name", "http://metadata/"],
    ["instance-data", "http://instance-data/"],
    ["CGNAT", "http://100.64.0.1/"],
    ["benchmarking", "http://198.18.0.1/"],
    ["multicast", "http://224.0.0.1/"],
    ["broadcast", "http://255.255.255.255/"],
    ["private 10", "http://10.0.0.1/"],
    ["private 172", "http://172.16.0.1/"],
    ["private 192", "http://192.168.0.1/"],
    ["name without a dot", "http://intranet/"],
    ["mDNS name", "http://printer.local/"],
    ["user name", "http://1.1.1.1@127.0.0.1/"],
    ["user name of a public host", "http://user:pw@example.com/"],
    ["empty user", "http://:@127.0.0.1/"],
    ["backslash", "http://example.com\\@127.0.0.1/"],
    ["hash before @", "http://example.com#@127.0.0.1\\/"],
    ["tab", "http://exam\tple.com/"],
    ["newline", "http://example.com/\nHost: x"],
    ["leading space", " http://example.com/"],
    ["NUL", "http://evil.test\0.example.com/"],
    ["encoded NUL", "http://evil.test%00.example.com/"],
    ["encoded line break", "http://example.com%0d%0a/"],
    ["file", "file:///etc/passwd"],
    ["gopher", "gopher://127.0.0.1:70/_x"],
    ["data", "data:text/plain,hi"],
    ["ftp", "ftp://example.com/"],
    ["unix socket", "unix:/var/run/docker.sock"],
    ["http+unix", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"],
    ["javascript", "javascript:alert(1)"],
    ["web socket", "ws://example.com/"],
    ["port 22", "http://example.com:22/"],
    ["port 6379", "http://example.com:6379/"],
    ["port 0", "http://example.com:0/"],
    ["relative", "/etc/passwd"],
    ["empty", ""],
    ["no host", "http://"],
    ["empty label", "http://a..example.com/"],
    ["label of hyphen", "http://-a.example.com/"],
    ["long label", `http://${"a".repeat(64)}.com/`],
    ["long URL", `http://example.com/${"a".repeat(9000)}`],
  ])("refuses %s", ([, url]) => {
    expect(() => target(url ?? "")).toThrowError(expect.objectContaining({ code: "EGRESS_REFUSED" }));
  });

  test.for([
    ["exact", ["api.example.com"], "https://api.example.com/x", true],
    ["exact, other case and dot", ["API.example.com."], "https://api.EXAMPLE.com./x", true],
    ["exact is not a suffix", ["example.com"], "https://api.example.com/", false],
    ["suffix", ["*.example.com"], "https://a.b.example.com/", true],
    ["suffix at a dot boundary", ["*.example.com"], "https://evilexample.com/", false],
    ["suffix is not the name itself", ["*.example.com"], "https://example.com/", false],
    ["allowed name in front", ["example.com"], "https://example.com.evil.test/", false],
    ["punycode", ["bücher.example"], "https://xn--bcher-kva.example/", true],
    ["homoglyph", ["apple.com"], "https://аpple.com/", false],
    ["any public host", ["*"], "https://example.org/", true],
    ["public literal", ["1.1.1.1"], "https://1.1.1.1/", true],
    ["public literal as a number", ["1.1.1.1"], "https://16843009/", true],
    ["public IPv6 literal", ["[2606:4700:4700::1111]"], "https://[2606:4700:4700:0::1111]/", true],
    ["named port", ["example.com:8443"], "https://example.com:8443/", true],
    ["a named port alone", ["example.com:8443"], "https://example.com/", false],
    ["other port", ["example.com"], "https://example.com:8443/", false],
    ["nothing allowed", [], "https://example.com/", false],
    ["internal name although listed", ["localhost"], "http://localhost/", false],
    ["private literal although listed", ["10.0.0.1"], "http://10.0.0.1/", false],
  ] as const)("host list: %s", ([, hosts, url, allowed]) => {
    const attempt = () => target(url, hosts);
    if (allowed) expect(attempt).not.toThrowError();
    else expect(attempt).toThrowError(expect.objectContaining({ code: "EGRESS_REFUSED" }));
  });

  test.for([
    "",
    "exa mple.com",
    "a/b",
    "user@example.com",
    "*.",
    "*.*",
    "a..b",
    "example.com:99999999",
    "evil\0.com",
    "example.com\nevil.com",
    "http://example.com",
    "*.127.0.0.1",
    "*.1.1",
  ])("the line %j of a host list is an error of the contract", (line) => {
    expect(() => parseHostRules([line])).toThrowError(expect.objectContaining({ code: "SPEC_INVALID" }));
  });

  test("a private endpoint of the operator counts for this host and port alone, and only where the contract allows it", () => {
    expect(target("http://127.0.0.1:8787/", ["*"], ["127.0.0.1:8787"])).toMatchObject({ isPrivate: true });
    expect(() => target("http://127.0.0.1:8788/", ["*"], ["127.0.0.1:8787"])).toThrowError("does not allow");
    expect(() => target("http://127.0.0.1/", ["*"], ["127.0.0.1:8787"])).toThrowError("loopback");
    expect(() => target("http://127.0.0.1:8787/", ["example.com"], ["127.0.0.1:8787"])).toThrowError(
      "does not allow",
    );
  });

  test("a message never shows a password", () => {
    expect(() => target("http://user:hunter2@example.com/")).toThrowError(/^((?!hunter2).)*$/);
  });
});
