import { copyFileSync, existsSync, mkdtempSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { fromSystem, RuntimeError } from "./contract/errors.ts";
import type { LedgerFile } from "./ledger/open-ledger.ts";
import { openHome, openLedgerAt } from "./installation.ts";
import { environmentOf } from "./kernel/home.ts";
import { constitutionOf } from "./main.ts";
import { planTarget } from "./workflow/plan-target.ts";
import type { Planner, RuntimeOptions } from "./workflow/runtime.ts";
import { STATE_DIRECTORY } from "./workspace/path.ts";
import { type Directory, holdDirectory, walkDown } from "./workspace/walk.ts";

/**
 * Opens a workspace for plans. It may be read-only, or not be there yet, and nothing is left in it.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE, CONFINEMENT_UNAVAILABLE
 */
export async function createPlanner({
  workspace = "workspace",
  env = process.env,
  principal,
}: Pick<RuntimeOptions, "workspace" | "env" | "principal"> = {}): Promise<Planner> {
  const path = resolve(workspace);
  await using opened = new AsyncDisposableStack();
  const aside = opened.adopt(mkdtempSync(join(tmpdir(), "airun-plan-")), (each) =>
    rmSync(each, { recursive: true }),
  );
  const home = opened.use(await openHome(env));
  const root = opened.use(holdRoot(path, aside));
  const { keys, processId, secrets } = home;
  const open = (file: string): LedgerFile => openLedgerAt(file, "workspace", keys, processId, secrets.known);
  const ledger = opened.adopt(
    openOrCopy(root, join(path, STATE_DIRECTORY, "ledger.db"), aside, open),
    (each) => each.close(),
  );
  const { decide } = constitutionOf(home, ledger);
  const { registry, governance } = home;
  const kernel = {
    registry,
    reach: governance.reach,
    decide,
    now: Date.now,
    environment: environmentOf(env),
    workspace: { path, root },
  };
  const resources = opened.move();
  return {
    registry,
    plan: (target, options) => planTarget(kernel, principal ?? home.principal, target, options),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The workspace, or an empty directory where there is none yet. */
function holdRoot(path: string, aside: string): Directory {
  const empty = join(aside, "empty");
  mkdirSync(empty);
  try {
    return holdDirectory(existsSync(path) ? realpathSync(path) : empty);
  } catch (error) {
    throw fromSystem(error, `The workspace "${path}"`);
  }
}

/** The ledger, which is only read; a copy of it where it cannot be opened in its place, and a new one where there is none. */
function openOrCopy(
  root: Directory,
  path: string,
  aside: string,
  open: (path: string) => LedgerFile,
): LedgerFile {
  const copy = join(aside, "ledger.db");
  if (!hasState(root) || !existsSync(path)) return open(copy);
  try {
    return open(path);
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === "LEDGER_UNAVAILABLE")) throw error;
  }
  try {
    for (const suffix of ["", "-wal"])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  } catch (error) {
    throw fromSystem(error, `The ledger ${path}`);
  }
  return open(copy);
}

/** @throws PATH_REFUSED where a link stands in the place of the state directory */
function hasState(root: Directory): boolean {
  try {
    using _state = walkDown(root, [STATE_DIRECTORY]);
    return true;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return false;
    throw error;
  }
}
