import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { PolicySet } from "../contract/policy-set.ts";
import { recordedPolicy } from "../governance/constitution/activation.ts";
import { readPolicyDirectory, readPolicySet } from "../governance/constitution/policy-files.ts";
import { PACKAGE_ROOT } from "../kernel/package-root.ts";
import type { Home } from "./io.ts";
import type { Session } from "./session.ts";

export type NamedPolicy = { readonly digest: string; readonly set: PolicySet };

/** A policy set in a file or directory. @throws SPEC_INVALID, FILE_NOT_FOUND */
export function policyAt(session: Session, path: string): NamedPolicy {
  const set = readPolicySet(
    resolve(session.io.cwd, path),
    readPolicyDirectory(join(PACKAGE_ROOT, "assets", "policies")),
  );
  return { digest: digestOf(set), set };
}

/** The same, or `active`, or the digest of one that the home knows. @throws SUBJECT_UNKNOWN */
export function policyNamed(
  session: Session,
  home: Pick<Home, "ledger" | "policies">,
  name: string,
): NamedPolicy {
  if (name === "active") return home.policies.inForce();
  if (existsSync(resolve(session.io.cwd, name))) return policyAt(session, name);
  if (!/^[0-9a-f]{64}$/.test(name))
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `"${name}" is no file, no digest of a policy set, and not "active".`,
    );
  return { digest: name, set: recordedPolicy(home.ledger, name) };
}
