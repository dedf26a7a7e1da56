import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";

import { RuntimeError } from "../contract/errors.ts";
import { refusalOfAddress } from "./address.ts";

export type ResolvedAddress = { readonly address: string; readonly family: number };

/** Every address of a name. One adapter is the system's resolver, the other a test's. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

export const resolveWithSystem: ResolveHost = (host) => lookup(host, { all: true, verbatim: true });

/**
 * A lookup for one connection: it resolves once, refuses the name if a single one of its addresses is not public, and
 * hands over the very addresses that it judged, so that a second answer of the resolver never counts.
 */
export function guardedLookup(resolveHost: ResolveHost, isPrivate: boolean): LookupFunction {
  return (host, options, callback) => {
    judged(resolveHost, host, isPrivate).then(
      ([first, ...others]) => {
        if (options.all === true)
          callback(
            null,
            [first, ...others].map(({ address, family }) => ({ address, family })),
          );
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ""),
    );
  };
}

async function judged(
  resolveHost: ResolveHost,
  host: string,
  isPrivate: boolean,
): Promise<[ResolvedAddress, ...ResolvedAddress[]]> {
  const addresses = await resolveHost(host);
  for (const { address } of addresses) {
    const refusal = isPrivate ? undefined : refusalOfAddress(address);
    if (refusal !== undefined)
      throw new RuntimeError(
        "EGRESS_REFUSED",
        `The host "${host}" resolves to ${address}, which ${refusal}.`,
        { details: { host, address } },
      );
  }
  const [first, ...others] = addresses;
  if (first === undefined) throw new RuntimeError("NETWORK_FAILED", `The host "${host}" has no address.`);
  return [first, ...others];
}
