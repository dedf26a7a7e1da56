import { CATEGORIES, RuntimeError } from "../contract/errors.ts";
import type { LoadedFacade } from "../kernel/packs.ts";
import { visible } from "../kernel/consent.ts";
import { followFacade } from "./facade-run.ts";
import { renderTable } from "./render-table.ts";
import type { Action } from "./session.ts";

/** Finds the ACTIVE facade that answers best, and runs it; of several that answer equally well none. */
export const nl: Action = async (session) => {
  const [intent = ""] = session.args;
  const found = await match(session.io, intent);
  if (typeof found === "string") {
    const exitCode = await followFacade(session, found, "");
    if (found === SAMPLE_FACADE && exitCode === CATEGORIES.RESOURCE_NOT_FOUND.exit)
      session.io.stderr.write(`There is no inbox here; ${session.command("demo")} makes a sample one.\n`);
    return exitCode;
  }
  const document = { status: "blocked", type: "ambiguous_facade", candidates: found };
  session.emit(document, () => [
    "Several facades answer equally well; run the one that you mean:",
    ...renderTable(
      {
        columns: ["FACADE", "SCORE", "PHRASE", "DESCRIPTION"],
        rows: found.map(({ name, score, phrase, description }) =>
          [name, String(score), phrase, description].map(visible),
        ),
      },
      session.style.columns,
      session.style.colors.dim,
    ),
    ...found.map(({ name }) => `  ${session.command("facade", "run", name)}`),
  ]);
  return CATEGORIES.PAUSED.exit;
};

/** What it works on comes with the demo. */
const SAMPLE_FACADE = "tidy-inbox";

type Candidate = {
  readonly name: string;
  readonly score: number;
  readonly phrase: string;
  readonly description: string;
};

/** One name, or those among which somebody has to choose. What is not ACTIVE takes part in nothing. */
async function match(
  { openHome, env }: Parameters<Action>[0]["io"],
  intent: string,
): Promise<string | readonly Candidate[]> {
  await using home = await openHome(env);
  const { registry, governance } = home;
  const isActive = ({ spec: { name, version } }: LoadedFacade): boolean =>
    governance.standing.isActive({ kind: "facade", name, version });
  const { matches, tied } = registry.matchFacades(intent, registry.facades().filter(isActive));
  if (tied.length > 0)
    return tied.map(({ facade: { spec }, score, phrase }) => ({
      name: spec.name,
      score,
      phrase,
      description: spec.description.trim(),
    }));
  const [best] = matches;
  if (best !== undefined) return best.facade.spec.name;
  const [other] = registry.matchFacades(intent).matches;
  if (other !== undefined)
    throw new RuntimeError(
      "NOT_ACTIVE",
      `The facade ${other.facade.spec.name} would answer, but is not ACTIVE.`,
      {
        details: { type: "facade_not_active", facade: other.facade.spec.name },
      },
    );
  throw new RuntimeError("SUBJECT_UNKNOWN", `No facade answers "${intent.slice(0, 100)}".`, {
    details: { type: "no_facade_match" },
  });
}
