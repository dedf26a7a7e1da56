import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { type Catalogue, readCatalogue } from "../aegis/catalogue.ts";
import { latenciesIn } from "../aegis/memory/recall.ts";
import { planQuest } from "../aegis/plan-quest.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { checkSpec, readSpec, type SpecSource } from "../contract/parse-spec.ts";
import { Quest, type QuestPlan } from "../contract/quest.ts";
import { environmentOf } from "../kernel/home.ts";
import type { Home } from "./io.ts";
import { ledgerPath } from "./ledger-path.ts";
import type { Session } from "./session.ts";

const MAX_BYTES = 1024 * 1024;

/** What somebody wants: a file, or the words themselves. @throws SPEC_INVALID, FILE_NOT_FOUND, LIMIT_EXCEEDED */
export function questNamed(session: Session, given: string): Quest {
  if (!isFileName(session, given)) return Quest.parse({ intent: wordsOf(given) });
  return checkSpec(sourceAt(session, given), Quest);
}

/** A file as it is written, before any schema. @throws SPEC_INVALID, FILE_NOT_FOUND, LIMIT_EXCEEDED */
export function sourceAt({ io }: Session, file: string): SpecSource & { readonly text: string } {
  const path = resolve(io.cwd, file);
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${file}" has more than ${MAX_BYTES} bytes.`);
    const text = readFileSync(path, "utf8");
    return { ...readSpec(text, file), text };
  } catch (error) {
    throw fromSystem(error, `The file "${file}"`);
  }
}

/** The plan of a quest for the principal at this machine, or why there is none. */
export async function planFor(
  session: Session,
  home: Home,
  quest: Quest,
): Promise<{ readonly plan: QuestPlan; readonly catalogue: Catalogue }> {
  const { registry, governance, principal } = home;
  const environment = environmentOf(session.io.env);
  const catalogue = await readCatalogue({ registry, reach: governance.reach, environment }, principal);
  const latencyMs = await latencies(session, quest);
  return { plan: planQuest({ quest, catalogue, registry, latencyMs }), catalogue };
}

/** What skill memory knows of this workspace, where the quest limits the time and there is a ledger. */
async function latencies(
  session: Session,
  { constraints }: Quest,
): Promise<(id: string) => number | undefined> {
  if (constraints.time_seconds === undefined || !existsSync(ledgerPath(session.workspace)))
    return () => undefined;
  await using runtime = await session.open();
  return latenciesIn(runtime.ledger);
}

function wordsOf(text: string): string {
  if (text.trim() === "") throw new RuntimeError("USAGE", "The quest is empty.");
  if (text.length > 2000)
    throw new RuntimeError("LIMIT_EXCEEDED", "A quest in words has at most 2000 characters.");
  return text;
}

function isFileName({ io }: Session, given: string): boolean {
  if (/\s/.test(given)) return false;
  return (
    /\.(ya?ml|json)$/i.test(given) ||
    statSync(resolve(io.cwd, given), { throwIfNoEntry: false })?.isFile() === true
  );
}
