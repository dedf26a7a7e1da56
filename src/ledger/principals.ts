import { Principal } from "../contract/principal.ts";
import type { Ledger } from "./ledger.ts";
import { referenceOf } from "./projections.ts";

/** Every principal that a ledger names, by reference; one whose record is sealed is left out. */
export function readPrincipals(ledger: Ledger): ReadonlyMap<string, Principal> {
  const principals = new Map<string, Principal>();
  for (const entry of ledger.entries({ types: ["object-recorded"], sealed: true })) {
    if (entry.type !== "object-recorded" || entry.data.kind !== "principal") continue;
    const { success, data } = Principal.safeParse(entry.data.value);
    if (success) principals.set(referenceOf("principal", entry.data.digest), data);
  }
  return principals;
}
