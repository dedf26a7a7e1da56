import type { Subject } from "../contract/governance-event.ts";
import { TRANSITIONS } from "../governance/lifecycle.ts";
import { reachedElsewhere } from "../governance/reach.ts";
import { type Governed, keyOf, type Lifecycle } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import { changeLifecycle, reinstate as reinstateSubject } from "../operate/change-lifecycle.ts";
import type { Home } from "./io.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action, Session } from "./session.ts";
import { resolveSubject } from "./subject-reference.ts";

type Kind = "pack" | "facade";

/** Makes an approved pack or facade ACTIVE, and puts the approved files into place. */
export const activate = (kind: Kind): Action => change(kind, "ACTIVE");

export const freeze = (kind: Kind): Action => change(kind, "FROZEN");

export const deprecate = (kind: Kind): Action => change(kind, "DEPRECATED");

/** Puts back what was approved, and ends the suspension. */
export const reinstate =
  (kind: Kind): Action =>
  async (session) => {
    const reason = requiredReason(session);
    await using home = await session.io.openHome(session.io.env);
    const isSuspended = (subject: Subject): boolean =>
      home.governance.state().governed.get(keyOf(subject))?.suspension !== undefined;
    const subject = resolveSubject(home, kind, session.args[0] ?? "", isSuspended);
    const governed = await reinstateSubject(home, home.principal, subject, reason);
    return show(session, home, governed);
  };

function change(kind: Kind, to: Lifecycle): Action {
  return async (session) => {
    const reason = requiredReason(session);
    await using home = await session.io.openHome(session.io.env);
    const mayGo = (subject: Subject): boolean => {
      const from = home.governance.state().governed.get(keyOf(subject))?.lifecycle ?? "PROPOSED";
      return TRANSITIONS[from].includes(to);
    };
    const subject = resolveSubject(home, kind, session.args[0] ?? "", mayGo);
    const governed = await changeLifecycle(home, home.principal, subject, to, reason);
    return show(session, home, governed);
  };
}

function show(session: Session, { governance }: Home, governed: Governed): number {
  const { subject, lifecycle, since } = governed;
  // Whoever closes a pack may believe that nothing of it runs any more.
  const elsewhere = lifecycle === "ACTIVE" ? [] : reachedElsewhere(governance.state(), governed);
  session.emit({ ...governed, reachedElsewhere: elsewhere }, () => [
    `${session.style.colors.green("✓")} ${subject.kind} ${visible(subject.name)}@${subject.version} is ${lifecycle} since ${since}`,
    ...elsewhere.map(
      ({ pack, reached }) => `  still in ${visible(pack)}: ${reached.map(visible).join(", ")}`,
    ),
  ]);
  return 0;
}
