import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, expect, test } from "vitest";

import { runFake } from "../../test/cli/run-fake.ts";
import { newHomeIn } from "../../test/home.ts";
import { ledgerIn, workspaceIn } from "../../test/installation.ts";
import { oneIn } from "../../test/one-in.ts";
import { asOtherUser, giveToOtherUser } from "../../test/other-user.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";

verifies("cli:commands", "conditions:bad");

type Check = {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly fix?: string;
};

const template = scratch();

beforeAll(async () => {
  const env = { API_TOKEN: "correct-horse-battery" };
  const inputs = ["--input", "path=a", "--input", "content=correct-horse-battery"];
  const { exitCode } = await runFake(["run", "io.fs.write_file", ...inputs], {
    directory: template.path,
    env,
  });
  expect(exitCode).toBe(0);
});
afterAll(() => template[Symbol.dispose]());

const inHome = (directory: string, name: string) => join(directory, "home", name);

const SPOILT: readonly [string, (directory: string) => void, readonly string[], { backup?: boolean }?][] = [
  ["the home can be written by others", (at) => chmodSync(inHome(at, ""), 0o777), ["home"]],
  ["the home is closed to its owner", (at) => chmodSync(inHome(at, ""), 0o300), ["home"]],
  ["the home is a file", (at) => replaceByFile(inHome(at, "")), ["home"]],
  ["a key can be read by others", (at) => chmodSync(inHome(at, "keys/ledger.pem"), 0o644), ["keys"]],
  ["the keys can be listed by others", (at) => chmodSync(inHome(at, "keys"), 0o755), ["keys"]],
  ["the keys are closed to their owner", (at) => chmodSync(inHome(at, "keys"), 0o000), ["keys"]],
  ["a key cannot be read by its owner", (at) => chmodSync(inHome(at, "keys/ledger.pem"), 0o000), ["keys"]],
  ["the signing key is no key", (at) => writeFileSync(inHome(at, "keys/ledger.pem"), "x"), ["keys"]],
  [
    "the signing key is no key, and there is a backup",
    (at) => writeFileSync(inHome(at, "keys/ledger.pem"), "x"),
    ["keys"],
    { backup: true },
  ],
  ["the signing key is gone", (at) => rmSync(inHome(at, "keys/ledger.pem")), ["keys", "signing"]],
  [
    "the signing key is gone, and there is a backup",
    (at) => rmSync(inHome(at, "keys/ledger.pem")),
    ["keys", "signing"],
    { backup: true },
  ],
  [
    "all keys are gone, and there is a backup",
    (at) => rmSync(inHome(at, "keys"), { recursive: true }),
    ["keys", "signing"],
    { backup: true },
  ],
  [
    "the sealing keys are gone, and there is a backup",
    (at) => rmSync(inHome(at, "keys/seal"), { recursive: true }),
    ["seals"],
    { backup: true },
  ],
  [
    "the whole home is gone",
    (at) => rmSync(inHome(at, ""), { recursive: true }),
    ["home", "keys", "home ledger", "signing"],
  ],
  ["the ledger is of a later version", (at) => sql(ledgerIn(at), "PRAGMA user_version = 2"), ["ledger"]],
  ["the ledger has a foreign table", (at) => sql(ledgerIn(at), "CREATE TABLE more(x)"), ["ledger"]],
  ["the ledger was changed", (at) => sql(ledgerIn(at), "DELETE FROM runs"), ["ledger"]],
  ["the ledger is no ledger", (at) => writeFileSync(ledgerIn(at), "x".repeat(5000)), ["ledger"]],
  ["the ledger is that of a home", (at) => copyFileSync(inHome(at, "home.db"), ledgerIn(at)), ["runs"]],
  [
    "the log of a ledger is left that is gone",
    (at) => renameSync(ledgerIn(at), `${ledgerIn(at)}-wal`),
    ["ledger"],
  ],
  [
    "the home's ledger is of a later version",
    (at) => sql(inHome(at, "home.db"), "PRAGMA user_version = 2"),
    ["home ledger"],
  ],
  ["the workspace is a file", (at) => replaceByFile(workspaceIn(at)), ["workspace"]],
  ["the workspace is closed to its owner", (at) => chmodSync(workspaceIn(at), 0o300), ["workspace"]],
  [
    "the state directory is a link",
    (at) => {
      renameSync(join(workspaceIn(at), ".ai-first"), join(at, "elsewhere"));
      symlinkSync("../elsewhere", join(workspaceIn(at), ".ai-first"));
    },
    ["ledger"],
  ],
  [
    "a dead process left something half built",
    (at) => mkdirSync(join(workspaceIn(at), ".ai-first/staging/0000aaaa-1-99999-1")),
    ["staging"],
  ],
];

test.for(oneIn(3, SPOILT))(
  "it is well again when the fixes were followed: %s",
  async ([, spoil, found, { backup = false } = {}]) => {
    using directory = scratch();
    execFileSync("cp", ["-a", `${template.path}/.`, directory.path]);
    spoil(directory.path);
    giveToOtherUser(directory.path);
    const first = await notWell(directory.path);
    expect(first.map(({ name }) => name)).toEqual(found);
    let left = first;
    for (let round = 0; left.length > 0 && round < 5; round++) {
      await follow(left[0]?.fix ?? "", left[0]?.found ?? "", directory.path, backup);
      left = await notWell(directory.path);
    }
    expect(left).toEqual([]);
    const run = await asOtherUser(() => airun(["run", "sys.info.get_time"], directory.path));
    expect(run.exitCode, run.stderr).toBe(0);
  },
);

const airun = (argv: readonly string[], directory: string) =>
  runFake(argv, { directory, env: newHomeIn(directory) });

async function notWell(directory: string): Promise<readonly Check[]> {
  const { stdout } = await asOtherUser(() => airun(["doctor", "--json"], directory));
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  // bubblewrap refuses to start for a process that only seems to be another user.
  return checks.filter(({ name, status }) => status !== "ok" && name !== "sandbox");
}

/** Does what a fix says, as somebody does who has a backup or none. */
async function follow(fix: string, found: string, directory: string, hasBackup: boolean): Promise<void> {
  const [, restored] = /^Restore (\S+)/.exec(fix) ?? [];
  const [, moved] = /[Mm]ove (\/\S+) away/.exec(fix) ?? [];
  if (fix.startsWith("chmod ")) execFileSync("sh", ["-c", fix]);
  else if (fix.startsWith("airun ")) await asOtherUser(() => airun(fix.split(" ").slice(1), directory));
  else if (restored !== undefined && hasBackup) restore(restored, directory);
  else if (/[Mm]ove (?:it|the named file) away/.test(fix)) moveAway(/\/[^\s:]+/.exec(found)?.[0] ?? "");
  else if (moved !== undefined) moveAway(moved);
  else throw new Error(`Nobody knows how to do this: ${fix}`);
}

function restore(path: string, directory: string): void {
  rmSync(path, { recursive: true, force: true });
  execFileSync("cp", ["-a", join(template.path, path.slice(directory.length)), path]);
  giveToOtherUser(directory);
}

function moveAway(path: string): void {
  for (const each of [path, `${path}-wal`])
    if (existsSync(each) || basename(path) === ".ai-first") renameIfThere(each);
}

function renameIfThere(path: string): void {
  try {
    renameSync(path, `${path}.evidence`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

function replaceByFile(path: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, "");
}

function sql(path: string, statement: string): void {
  const database = new DatabaseSync(path);
  database.exec(statement);
  database.close();
}
