import { isIP } from "node:net";

import { RuntimeError } from "../contract/errors.ts";

/** One line of a contract's `network.hosts`. */
export type HostRule = {
  readonly kind: "any" | "exact" | "below";
  /** Lower-case ASCII; for `below` without the leading `*.`. */
  readonly host: string;
  /** Without one: 80 and 443. */
  readonly port: number | undefined;
};

const WEB_PORTS: readonly number[] = [80, 443];
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** @throws SPEC_INVALID for a line that is neither a host, nor `*.host`, nor `*` (each with or without a port) */
export function parseHostRules(lines: readonly string[]): HostRule[] {
  return lines.map((line) => {
    const [, body = "", port] = /^(.*?)(?::(\d{1,5}))?$/.exec(line) ?? [];
    const rule = { port: port === undefined ? undefined : Number(port) };
    if (body === "*") return { ...rule, kind: "any", host: "" };
    const below = body.startsWith("*.");
    const host = toAsciiHost(below ? body.slice(2) : body);
    if (host === undefined || (below && isIP(host) !== 0))
      throw new RuntimeError(
        "SPEC_INVALID",
        `network.hosts: "${line}" is not a host, *.host or *, with or without a port.`,
      );
    return { ...rule, kind: below ? "below" : "exact", host };
  });
}

/** Whether one of the rules admits the host at the port. A rule with a port admits that port alone. */
export function admits(rules: readonly HostRule[], host: string, port: number): boolean {
  return rules.some((rule) => {
    if (rule.port === undefined ? !WEB_PORTS.includes(port) : rule.port !== port) return false;
    if (rule.kind === "any") return true;
    return rule.kind === "exact" ? host === rule.host : isIP(host) === 0 && host.endsWith(`.${rule.host}`);
  });
}

/**
 * The one spelling of a host that rules, resolver and connection share: punycode, lower case, no trailing dot, no
 * brackets; `undefined` for what is neither a plain DNS name nor an IP address.
 */
export function toAsciiHost(text: string): string | undefined {
  if (!/^(?:\[[0-9a-fA-F:.]+\]|[^\s\p{Cc}/?#@\\:[\]%]+)$/u.test(text) || !URL.canParse(`http://${text}/`))
    return undefined;
  return plainHost(new URL(`http://${text}/`).hostname);
}

/** Same, for a hostname that `URL` has parsed. */
export function plainHost(hostname: string): string | undefined {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  const host = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  const isName = host.length <= 253 && host.split(".").every((label) => LABEL.test(label));
  return isName ? host : undefined;
}

// Names that resolve differently inside a network or a cloud than outside. RFC 6761, RFC 6762, RFC 8375, RFC 9476.
const INTERNAL_SUFFIXES = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "alt",
  "onion",
  "metadata.goog",
];

/** Whether a name belongs to the machine, the network or the cloud that we run in, whatever it resolves to. */
export function isInternalName(host: string): boolean {
  if (isIP(host) !== 0) return false;
  return (
    !host.includes(".") || INTERNAL_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
  );
}
