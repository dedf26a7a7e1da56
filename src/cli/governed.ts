import type { Subject } from "../contract/governance-event.ts";
import { type Governed, keyOf } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import type { Home } from "./io.ts";
import { renderTable } from "./render-table.ts";
import type { Action } from "./session.ts";
import { resolveSubject, subjectsOf } from "./subject-reference.ts";

type Kind = "pack" | "facade";

export const listGoverned =
  (kind: Kind): Action =>
  async (session) => {
    await using home = await session.io.openHome(session.io.env);
    const rows = subjectsOf(home, kind).map((subject) => {
      const governed = home.governance.state().governed.get(keyOf(subject));
      return {
        name: subject.name,
        version: subject.version,
        state: governed?.lifecycle ?? "PROPOSED",
        suspended: governed?.suspension?.cause ?? null,
        since: governed?.since ?? null,
        description: descriptionOf(home, subject),
      };
    });
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
    const { governed, proposals } = home.governance.state();
    const isActive = (each: Subject): boolean => governed.get(keyOf(each))?.lifecycle === "ACTIVE";
    const subject = resolveSubject(home, kind, session.args[0] ?? "", isActive);
    const found = governed.get(keyOf(subject));
    const document = {
      ...subject,
      description: descriptionOf(home, subject),
      state: found?.lifecycle ?? "PROPOSED",
      suspension: found?.suspension ?? null,
      since: found?.since ?? null,
      locks: found?.locks ?? [],
      workflows: found?.workflows ?? [],
      packs: found?.packs ?? [],
      principals: found?.principals ?? null,
      proposals: [...proposals.values()]
        .filter((each) => keyOf(each.subject) === keyOf(subject))
        .map(({ id, status }) => ({ id, status })),
    };
    session.emit(document, () => [
      `${session.style.colors.bold(`${kind} ${visible(subject.name)}`)} ${subject.version}  ${visible(document.description)}`,
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

function descriptionOf({ registry }: Home, { kind, name, version }: Subject): string {
  const specs = kind === "pack" ? registry.packs() : registry.facades();
  const found = specs.find(({ spec }) => spec.name === name && spec.version === version);
  return (found?.spec.description ?? "").trim().replaceAll(/\s+/g, " ");
}
