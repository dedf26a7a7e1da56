import type { ReadResourceResult } from "@modelcontextprotocol/server";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { diffOfRun } from "../operate/run-diff.ts";
import { reportRun } from "../workflow/run-report.ts";
import type { Desk } from "./desk.ts";
import { isSame } from "./guest.ts";
import { requireOwn } from "./run-state.ts";
import type { Source } from "./source.ts";

const RUNS = "airun://runs/";
const LEDGER = "airun://ledger/";
const JSON_TYPE = "application/json";
const MOST_LISTED = 100;
const MOST_LOOKED_AT = 1000;
const MOST_ENTRIES = 1000;

/** The address of a run's record. */
export function uriOfRun(run: string): string {
  return `${RUNS}${run}`;
}

/** Records of a caller's own runs, what they changed in the workspace, and their entries in the ledger. */
export function runSource(desk: Pick<Desk, "station">): Source {
  const { runtime } = desk.station;
  const ownRuns = (caller: Principal) =>
    runtime.ledger
      .runs({ limit: MOST_LOOKED_AT })
      .filter(({ by }) => isSame(runtime.ledger.object(by) as Principal, caller));
  return {
    resources: (caller) =>
      ownRuns(caller)
        .slice(0, MOST_LISTED)
        .map(({ id, name, status, startedAt, updatedAt }) => ({
          uri: uriOfRun(id),
          name: `${name} at ${startedAt}`,
          description: `The run is ${status}.`,
          mimeType: JSON_TYPE,
          annotations: { lastModified: updatedAt },
        })),
    templates: [
      template("run", `${RUNS}{run}`, "A run: its steps, inputs, outputs, and what it changed."),
      template("run-diff", `${RUNS}{run}/diff`, "What a run changed in the workspace, as unified diffs."),
      template("run-entries", `${RUNS}{run}/entries`, "What the ledger says about a run, in order."),
      template("ledger-entry", `${LEDGER}{number}`, "One entry of the ledger, of a run of one's own."),
    ],
    read: async (uri, caller) =>
      orNothing(() => (uri.startsWith(LEDGER) ? readEntry(desk, uri, caller) : readRun(desk, uri, caller))),
    complete: async (of, argument, begin, caller) =>
      of.startsWith(RUNS) && argument === "run"
        ? ownRuns(caller)
            .map(({ id }) => id)
            .filter((id) => id.startsWith(begin))
        : undefined,
  };
}

function template(name: string, uriTemplate: string, description: string) {
  return { name, uriTemplate, description, mimeType: JSON_TYPE };
}

function readRun({ station }: Pick<Desk, "station">, uri: string, caller: Principal) {
  const [, id, part = ""] = /^airun:\/\/runs\/([\w-]{1,100})(\/diff|\/entries)?$/.exec(uri) ?? [];
  if (id === undefined) return undefined;
  const { id: run } = requireOwn({ station }, caller, id);
  const { runtime } = station;
  if (part === "/diff") return contents(uri, { changes: diffOfRun(station.controlFor(caller).kernel, run) });
  if (part === "/entries")
    return contents(uri, { entries: firstOf(runtime.ledger.entries({ run, sealed: true })) });
  return contents(uri, reportRun(runtime, runtime.show(run)));
}

function readEntry({ station }: Pick<Desk, "station">, uri: string, caller: Principal) {
  const [, number] = /^airun:\/\/ledger\/(\d{1,15})$/.exec(uri) ?? [];
  if (number === undefined) return undefined;
  const [entry] = station.runtime.ledger.entries({ afterSeq: Number(number) - 1, sealed: true });
  if (entry?.seq !== Number(number) || !("run" in entry)) return undefined;
  requireOwn({ station }, caller, entry.run);
  return contents(uri, entry);
}

function contents(uri: string, value: unknown): ReadResourceResult["contents"] {
  return [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(value, null, 2) }];
}

function firstOf<Item>(items: Iterable<Item>): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (first.length === MOST_ENTRIES) break;
    first.push(item);
  }
  return first;
}

function orNothing<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "RUN_UNKNOWN") return undefined;
    throw error;
  }
}
