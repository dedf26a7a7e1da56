import { RuntimeError } from "../contract/errors.ts";
import { Role } from "../contract/roles.ts";
import { visible } from "../kernel/consent.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";

export const listPrincipals: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const rows = [...home.governance.state().principals.values()];
  session.emit(rows, () => {
    const columns = ["NAME", "PERSON", "ROLES"];
    const cells = rows.map(({ name, person, roles }) =>
      [name, person, roles.join(", ") || "none"].map(visible),
    );
    return renderTable({ columns, rows: cells }, session.style.columns, session.style.colors.dim);
  });
  return 0;
};

/** Gives somebody roles, in place of those before. */
export const addPrincipal: Action = (session) => {
  const roles = session.list("role").map((role) => {
    const parsed = Role.safeParse(role);
    if (parsed.success) return parsed.data;
    throw new RuntimeError("USAGE", `"${role}" is no role: ${Role.options.join(", ")}.`);
  });
  if (roles.length === 0) throw new RuntimeError("USAGE", `--role is missing: ${Role.options.join(", ")}.`);
  return register(session, [...new Set(roles)], session.text("person"));
};

/** Takes all roles from somebody. */
export const revokePrincipal: Action = (session) => register(session, []);

async function register(session: Session, roles: readonly Role[], as?: string): Promise<number> {
  const [name = ""] = session.args;
  await using home = await session.io.openHome(session.io.env);
  const known = home.governance.state().principals.get(name);
  if (known === undefined && roles.length === 0)
    throw new RuntimeError("SUBJECT_UNKNOWN", `Nobody registered "${name.slice(0, 100)}".`);
  const person = as ?? known?.person ?? name;
  await home.governance.register(home.principal, { name, person, roles });
  session.emit(home.governance.state().principals.get(name), () => [
    `${session.style.colors.green("✓")} ${visible(name)} has ${roles.length === 0 ? "no roles any more" : `the roles ${roles.join(", ")}`}`,
  ]);
  return 0;
}
