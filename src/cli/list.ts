import { visible } from "../kernel/consent.ts";
import type { Registry } from "../kernel/registry.ts";
import { renderTable } from "./render-table.ts";
import type { Action } from "./session.ts";

type Kind = "capabilities" | "workflows" | "packs" | "facades" | "proposals";
type Row = Readonly<Record<string, string>>;

export const list: Action = async (session) => {
  const kind = (session.args[0] ?? "capabilities") as Kind;
  const rows = rowsOf((await session.io.openRegistry(session.io.env)).registry, kind);
  session.emit(rows, () => {
    const [first] = rows;
    if (first === undefined) return [`There are no ${kind}.`];
    const columns = Object.keys(first);
    const cells = rows.map((row) => columns.map((name) => visible(row[name] ?? "")));
    return renderTable(
      { columns: columns.map((name) => name.toUpperCase()), rows: cells },
      session.style.columns,
      session.style.colors.dim,
    );
  });
  return 0;
};

function rowsOf(registry: Registry, kind: Kind): Row[] {
  switch (kind) {
    case "capabilities":
      return registry.capabilities().map(({ spec }) => ({
        id: spec.id,
        version: spec.version,
        risk: spec.risk.level,
        undo: spec.undo.kind,
        description: oneLine(spec.description),
      }));
    case "workflows":
      return registry
        .workflows()
        .map(({ name, version, description }) => ({ name, version, description: oneLine(description) }));
    case "packs":
      return registry.packs().map(({ spec, risk, isRunnable }) => ({
        name: spec.name,
        version: spec.version,
        risk,
        state: spec.state,
        runnable: isRunnable ? "yes" : "no",
        description: oneLine(spec.description),
      }));
    case "facades":
      return registry.facades().map(({ spec }) => ({
        name: spec.name,
        version: spec.version,
        route: `${spec.routes.primary.type} ${spec.routes.primary.ref}`,
        description: oneLine(spec.description),
      }));
    case "proposals":
      return registry.proposals().map(({ meta, adapter }) => ({
        id: meta.id,
        version: meta.version,
        adapter: adapter.type,
        description: oneLine(meta.description),
      }));
    default:
      return kind satisfies never;
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}
