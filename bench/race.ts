import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import {
  type Arena,
  CHANGES,
  LOOKS,
  openArena,
  readNaively,
  repeat,
} from "../test/confinement/swap-arena.ts";
import { describeMachine } from "./machine.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const NAIVE_TRIES = 100_000;
/** After so many tries the arena is made anew: what they wrote must not pile up. */
const TRIES_IN_AN_ARENA = 5000;

type Door = readonly [name: string, attack: (arena: Arena, index: number) => Promise<unknown>];
type Row = {
  readonly door: string;
  readonly tries: number;
  /** Tries that found the directory, tries that found the link, and the rest: it went while they looked. */
  readonly done: number;
  readonly linkMet: number;
  readonly otherwise: number;
  readonly escapes: number;
};

const { values } = parseArgs({
  options: {
    tries: { type: "string", default: "1000000" },
    out: { type: "string", default: join(HERE, "results") },
    json: { type: "boolean", default: false },
  },
});
const total = Number(values.tries);
if (!Number.isSafeInteger(total) || total < 1)
  throw new Error(`--tries: "${values.tries}" is no number of tries.`);
mkdirSync(values.out, { recursive: true });

let seen = 0;
const doors: readonly Door[] = [
  ...Object.entries(LOOKS).map(([name, look]): Door => [
    name,
    async ({ fs }) => {
      if (await look(fs)) seen += 1;
    },
  ]),
  ...Object.entries(CHANGES).map(([name, change]): Door => [name, ({ fs }, index) => change(fs, index)]),
];
const naiveEscapes = await raceNaively();
const rows: Row[] = [];
let tried = 0;
for (const [index, door] of doors.entries()) rows.push(await race(door, endOf(index + 1) - endOf(index)));
const { door: _door, ...totals } = sumUp("**all**", rows);
const report = {
  ...totals,
  naive: { tries: NAIVE_TRIES, escapes: naiveEscapes },
  doors: rows,
};
const table = renderTable();
writeFileSync(join(values.out, "race.md"), table);
process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : table);
process.exitCode = report.escapes === 0 ? 0 : 1;

function endOf(doorsBefore: number): number {
  return Math.floor((total * doorsBefore) / doors.length);
}

/** Shows that the attack is one. */
async function raceNaively(): Promise<number> {
  await using arena = await openArena();
  return Array.from({ length: NAIVE_TRIES }, () => readNaively(arena)).filter(Boolean).length;
}

async function race([door, attack]: Door, share: number): Promise<Row> {
  const parts: Row[] = [];
  for (let left = share; left > 0; left -= TRIES_IN_AN_ARENA) {
    await using arena = await openArena();
    seen = 0;
    const tries = Math.min(left, TRIES_IN_AN_ARENA);
    const { succeeded, refused } = await repeat(tries, (index) => attack(arena, index));
    const linkMet = refused.get("PATH_REFUSED") ?? 0;
    const otherwise = tries - succeeded - linkMet;
    parts.push({ door, tries, done: succeeded, linkMet, otherwise, escapes: seen + arena.harm().length });
    tried += tries;
    process.stderr.write(`${tried.toLocaleString("en")} of ${total.toLocaleString("en")}  ${door}\n`);
  }
  return sumUp(door, parts);
}

function sumUp(door: string, parts: readonly Row[]): Row {
  const sum = (count: (row: Row) => number) => parts.reduce((all, row) => all + count(row), 0);
  return {
    door,
    tries: sum(({ tries }) => tries),
    done: sum(({ done }) => done),
    linkMet: sum(({ linkMet }) => linkMet),
    otherwise: sum(({ otherwise }) => otherwise),
    escapes: sum(({ escapes }) => escapes),
  };
}

function renderTable(): string {
  const machine = describeMachine(tmpdir());
  return [
    "# Swap race",
    "",
    `Another process exchanges a directory and a link to the outside without a pause. ${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${machine.node}.`,
    "",
    "| Door | tries | done | link met | otherwise | escapes |",
    "|---|---:|---:|---:|---:|---:|",
    ...[...rows, sumUp("**all**", rows)].map(renderRow),
    "",
    "Done: the name was the directory. Link met: the name was the link, and was refused. Otherwise: it was exchanged between two steps of the try, or the directory has no such file.",
    "",
    `The usual way, resolving the path and comparing its beginning, read the outside ${naiveEscapes.toLocaleString("en")} times in ${NAIVE_TRIES.toLocaleString("en")} tries.`,
    "",
  ].join("\n");
}

function renderRow({ door, tries, done, linkMet, otherwise, escapes }: Row): string {
  const counts = [tries, done, linkMet, otherwise, escapes].map((count) => count.toLocaleString("en"));
  return `| ${[door, ...counts].join(" | ")} |`;
}
