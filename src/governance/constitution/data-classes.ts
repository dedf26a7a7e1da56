import type { CapabilitySpec } from "../../contract/capability.ts";
import { marksSecrets } from "../../contract/request-digest.ts";
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

const SECRET_NAMES = [
  /^\.env(?:\.(?!example$|sample$|template$).*)?$/i,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)$/i,
  /^id_(?:rsa|dsa|ecdsa|ed25519)$/i,
  /^\.(?:netrc|npmrc|pypirc|pgpass|git-credentials|htpasswd)$/i,
  /(?:^|[._-])(?:secrets?|credentials?|passwords?|passwd|tokens?)(?:[._-]|$)/i,
];
const SECRET_DIRECTORIES = /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|secrets?)\//i;

function namesSecrets(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return SECRET_NAMES.some((pattern) => pattern.test(name)) || SECRET_DIRECTORIES.test(path);
}

const known = new WeakMap<object, boolean>();

function returnsSecrets(schema: object): boolean {
  let marks = known.get(schema);
  if (marks === undefined) {
    marks = marksSecrets(schema);
    known.set(schema, marks);
  }
  return marks;
}
