import type { Subject } from "../contract/governance-event.ts";
import { type Governed, keyOf } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import { describeSubject, standingOf, subjectsOf } from "../operate/subjects.ts";
import { renderTable } from "./render-table.ts";
import type { Action } from "./session.ts";
import { resolveSubject } from "./subject-reference.ts";

type Kind = "pack" | "facade";

export const listGoverned =
  (kind: Kind): Action =>
  async (session) => {
    await using home = await session.io.openHome(session.io.env);
    const rows = subjectsOf(home, kind).map((subject) => standingOf(home, subject));
    session.emit(rows, () => {
      const columns = ["NAME", "VERSION", "STATE", "SINCE", "DESCRIPTION"];
      const cells = rows.map(({ name, version, state, suspended, since, description }) =>
        [
          name,
          version,
          suspended === null ? state : `${state}, suspended (${suspended})`,
          since ?? "",
          description,
        ].map(visible),
      );
      return renderTable({ columns, rows: cells }, session.style.columns, session.style.colors.dim);
    });
    return 0;
  };

export const showGoverned =
  (kind: Kind): Action =>
  async (session) => {
    await using home = await session.io.openHome(session.io.env);
    const { governed } = home.governance.state();
    const isActive = (each: Subject): boolean => governed.get(keyOf(each))?.lifecycle === "ACTIVE";
    const document = describeSubject(home, resolveSubject(home, kind, session.args[0] ?? "", isActive));
    session.emit(document, () => [
      `${session.style.colors.bold(`${kind} ${visible(document.name)}`)} ${document.version}  ${visible(document.description)}`,
      `  state     ${document.state}${document.since === null ? "" : ` since ${document.since}`}`,
      ...(document.suspension === null
        ? []
        : [`  suspended ${document.suspension.cause}: ${visible(document.suspension.detail)}`]),
      ...(document.principals === null ? [] : [`  only for  ${document.principals.map(visible).join(", ")}`]),
      ...heldLines(document),
      ...document.proposals.map(({ id, status }) => `  proposal  ${id}  ${status}`),
    ]);
    return 0;
  };

function heldLines({
  locks,
  workflows,
  packs = [],
}: Pick<Governed, "locks" | "workflows" | "packs">): string[] {
  return [
    ...packs.map(({ pack, version, specHash }) => `  pack      ${visible(pack)} ${version}  ${specHash}`),
    ...workflows.map(({ workflow, specHash }) => `  workflow  ${visible(workflow)}  ${specHash}`),
    ...locks.map(
      (lock) =>
        `  lock      ${visible(lock.capability)} ${lock.version}  spec ${lock.specHash}  code ${visible(lock.handlerHash)}`,
    ),
  ];
}
