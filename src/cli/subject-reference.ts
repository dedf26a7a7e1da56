import { RuntimeError } from "../contract/errors.ts";
import type { Subject } from "../contract/governance-event.ts";
import { suggest } from "../contract/nearest.ts";
import { subjectsOf } from "../operate/subjects.ts";
import type { Home } from "./io.ts";

/**
 * The pack or facade that a person means: `name@version`, or a name. Of several versions the one that `isMeant` tells.
 *
 * @throws SUBJECT_UNKNOWN; USAGE where several are meant
 */
export function resolveSubject(
  home: Pick<Home, "governance" | "registry">,
  kind: "pack" | "facade",
  reference: string,
  isMeant: (subject: Subject) => boolean,
): Subject {
  const known = subjectsOf(home, kind);
  const named = known.filter(({ name, version }) => name === reference || `${name}@${version}` === reference);
  if (named.length === 0) {
    const near = suggest(
      reference,
      known.map(({ name }) => name),
    );
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `There is no ${kind} "${reference.slice(0, 100)}"${near || "."}`,
    );
  }
  const meant = named.length === 1 ? named : named.filter(isMeant);
  const [subject, another] = meant;
  if (subject !== undefined && another === undefined) return subject;
  const versions = named.map(({ name, version }) => `${name}@${version}`).join(", ");
  throw new RuntimeError("USAGE", `"${reference}" is there in several versions; name one: ${versions}.`);
}
