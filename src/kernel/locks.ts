import { sha256 } from "../contract/digest.ts";
import type { Lock, WorkflowLock } from "../contract/governance-event.ts";
import type { PackSpec } from "../contract/pack.ts";
import type { LoadedCapability } from "./capabilities.ts";
import type { WorkflowFile } from "./packs.ts";

/** What an approval holds a capability to. */
export function lockOf({ spec, specHash, handlerHash }: LoadedCapability): Lock {
  return { capability: spec.id, version: spec.version, specHash, handlerHash };
}

/** What an approval holds a workflow to. */
export function workflowLockOf({ name, text }: WorkflowFile): WorkflowLock {
  return { workflow: name, specHash: sha256(text) };
}

/** Who answers what a pack's capabilities ask, by role; nothing where the pack does not say. */
export function approvalRolesOf({ governance }: PackSpec): readonly string[] | undefined {
  const roles = governance?.approval_roles ?? [];
  return roles.length > 0 ? roles : undefined;
}
