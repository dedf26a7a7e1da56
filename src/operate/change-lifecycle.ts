import type { Subject } from "../contract/governance-event.ts";
import type { Principal } from "../contract/principal.ts";
import type { Governed, Lifecycle } from "../governance/state.ts";
import type { ProposedContent } from "../kernel/examine.ts";
import { install } from "../kernel/installed.ts";
import type { Chain } from "./station.ts";

/**
 * Moves a pack or facade to another state; what becomes ACTIVE lies in place before it is.
 *
 * @throws NOT_AUTHORIZED, STATE_CONFLICT, SUBJECT_UNKNOWN
 */
export function changeLifecycle(
  { governance, installed }: Pick<Chain, "governance" | "installed">,
  by: Principal,
  subject: Subject,
  to: Lifecycle,
  reason: string,
): Promise<Governed> {
  return governance.change(by, subject, to, reason, installer(installed, subject));
}

/** Puts back what was approved, and ends the suspension. @throws NOT_AUTHORIZED, STATE_CONFLICT, SUBJECT_UNKNOWN */
export function reinstate(
  { governance, installed }: Pick<Chain, "governance" | "installed">,
  by: Principal,
  subject: Subject,
  reason: string,
): Promise<Governed> {
  return governance.reinstate(by, subject, reason, installer(installed, subject));
}

function installer(installed: string, subject: Subject): (content: unknown) => void {
  return (content) => {
    const { files } = content as Partial<ProposedContent>;
    if (files !== undefined) install(installed, subject, files);
  };
}
