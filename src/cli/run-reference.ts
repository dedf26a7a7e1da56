import { RuntimeError } from "../contract/errors.ts";
import type { Ledger, RunRow } from "../ledger/ledger.ts";

const MIN_CHARACTERS = 4;
const PAGE_SIZE = 1000;

/**
 * The id of the run that a person means: a whole id, its beginning or its end, or `last` for the newest.
 *
 * @throws RUN_UNKNOWN; USAGE where several runs are meant
 */
export function resolveRun(ledger: Pick<Ledger, "run" | "runs">, reference: string): string {
  if (reference === "last") {
    const [newest] = ledger.runs({ limit: 1 });
    if (newest === undefined) throw new RuntimeError("RUN_UNKNOWN", "There is no run in this workspace yet.");
    return newest.id;
  }
  if (ledger.run(reference) !== undefined) return reference;
  if (reference.length < MIN_CHARACTERS)
    throw new RuntimeError(
      "RUN_UNKNOWN",
      `"${reference}" is too short for a run; give ${MIN_CHARACTERS} characters of its id or more.`,
    );
  const wanted = reference.toLowerCase();
  const found: RunRow[] = [];
  for (const row of allRuns(ledger))
    if (row.id.startsWith(wanted) || row.id.endsWith(wanted)) found.push(row);
  const [run, another] = found;
  if (run === undefined)
    throw new RuntimeError("RUN_UNKNOWN", `There is no run "${reference}" in this workspace.`);
  if (another !== undefined) throw ambiguous(reference, found);
  return run.id;
}

function* allRuns(ledger: Pick<Ledger, "runs">): Generator<RunRow> {
  for (let page = ledger.runs({ limit: PAGE_SIZE }); page.length > 0;) {
    yield* page;
    const last = page.at(-1);
    page = last === undefined ? [] : ledger.runs({ limit: PAGE_SIZE, before: last.id });
  }
}

function ambiguous(reference: string, found: readonly RunRow[]): RuntimeError {
  const shown = found.slice(0, 5).map(({ id, name }) => `${id} (${name})`);
  const more = found.length > shown.length ? `, and ${found.length - shown.length} more` : "";
  return new RuntimeError("USAGE", `"${reference}" means ${found.length} runs: ${shown.join(", ")}${more}.`, {
    details: found.slice(0, 100).map(({ id }) => id),
  });
}
