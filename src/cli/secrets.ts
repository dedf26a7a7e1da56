import { RuntimeError } from "../contract/errors.ts";
import { SecretName } from "../contract/foreign.ts";
import { ensureHome, homeOf } from "../kernel/home.ts";
import { openSecrets } from "../kernel/secret-store.ts";
import { toAsciiHost } from "../workspace/hosts.ts";
import { findProgram } from "./find-program.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";

const MAX_BYTES = 16 * 1024;

/** Keeps the value that comes on the standard input, or that a person types. */
export const secretsSet: Action = async (session) => {
  const name = nameOf(session);
  const places = [
    ...session.list("host").map(hostOf),
    ...session.list("program").map((program) => findProgram(program, session.io)),
  ];
  if (places.length === 0)
    throw new RuntimeError("USAGE", "--host is missing: where alone the secret may go.");
  const value = await readValue(session, name);
  openSecrets(ensureHome(session.io.env)).set(name, value, places);
  session.emit({ name, places }, () => [
    `${session.style.colors.green("✓")} ${name} is kept, for ${places.join(", ")} alone`,
  ]);
  return 0;
};

export const secretsList: Action = async (session) => {
  const secrets = openSecrets(homeOf(session.io.env)).list();
  session.emit(secrets, () => {
    if (secrets.length === 0) return ["There are no secrets."];
    const rows = secrets.map(({ name, places, setAt }) => [name, places.join(", "), setAt]);
    return renderTable(
      { columns: ["SECRET", "FOR", "SET"], rows },
      session.style.columns,
      session.style.colors.dim,
    );
  });
  return 0;
};

export const secretsRemove: Action = async (session) => {
  const name = nameOf(session);
  openSecrets(homeOf(session.io.env)).remove(name);
  session.emit({ name }, () => [`${session.style.colors.green("✓")} ${name} is gone`]);
  return 0;
};

function nameOf({ args }: Session): string {
  const name = args[0] ?? "";
  if (SecretName.safeParse(name).success) return name;
  throw new RuntimeError(
    "INPUT_INVALID",
    `The secret ${JSON.stringify(name.slice(0, 64))} must look like GITHUB_TOKEN.`,
  );
}

function hostOf(text: string): string {
  const host = toAsciiHost(text);
  if (host === undefined)
    throw new RuntimeError("INPUT_INVALID", `--host ${JSON.stringify(text.slice(0, 100))} is no host.`);
  return host;
}

async function readValue({ io: { stdin } }: Session, name: string): Promise<string> {
  if (!stdin.isTerminal) return (await stdin.readText(MAX_BYTES)).replace(/\r?\n$/, "");
  const line = await stdin.readLine(`Value of ${name}: `);
  if (line === null) throw new RuntimeError("CANCELLED", "Nothing was kept.");
  return line;
}
