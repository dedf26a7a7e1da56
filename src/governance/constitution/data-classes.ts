import type { CapabilitySpec } from "../../contract/capability.ts";
import { marksSecrets } from "../../contract/request-digest.ts";
import { namesSecrets } from "../../contract/secret-names.ts";
import { sorted } from "./policy-request.ts";

/**
 * The classes of the data that a call has read: what its contract declares, `secret` for what its outputs mark as
 * sensitive and for files whose names say so, `untrusted` for what comes from the network.
 */
export function classesOf(
  { data_classes = [], outputs, side_effects }: CapabilitySpec,
  pathsRead: readonly string[],
): readonly string[] {
  const found = new Set(data_classes);
  if (side_effects.includes("network_read")) found.add("untrusted");
  if (pathsRead.some(namesSecrets) || returnsSecrets(outputs)) found.add("secret");
  return sorted(found);
}

/** Classes of which one call cannot have both without somebody looking. */
export function conflictsAmong(labels: readonly string[]): string[] {
  if (!labels.includes("public")) return [];
  return PRIVATE.filter((label) => labels.includes(label)).map((label) => `public and ${label}`);
}

const PRIVATE = ["secret", "confidential", "personal"];

const known = new WeakMap<object, boolean>();

function returnsSecrets(schema: object): boolean {
  let marks = known.get(schema);
  if (marks === undefined) {
    marks = marksSecrets(schema);
    known.set(schema, marks);
  }
  return marks;
}
