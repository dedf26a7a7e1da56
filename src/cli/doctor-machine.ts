import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

import { ERRORS, RuntimeError } from "../contract/errors.ts";
import type { Environment } from "../kernel/home.ts";
import { openKeys } from "../ledger/keys.ts";
import { describeSandbox } from "../sandbox/open-sandbox.ts";
import { showBytes } from "./text.ts";

export type Check = {
  readonly name: string;
  readonly status: "ok" | "warning" | "wrong";
  readonly found: string;
  /** What to do about it. */
  readonly fix?: string;
};

const MIN_NODE_MAJOR = 24;
const MIN_FREE_BYTES = 64 * 1024 ** 2;
const COMFORTABLE_FREE_BYTES = 1024 ** 3;

export function checkNode(version: string): Check {
  const isNew = Number(version.split(".")[0]) >= MIN_NODE_MAJOR;
  return isNew
    ? { name: "node", status: "ok", found: version }
    : { name: "node", status: "wrong", found: version, fix: `Install Node ${MIN_NODE_MAJOR} or newer.` };
}

export function checkProc(platform: NodeJS.Platform): Check {
  const isMounted = platform === "linux" && tryTo(() => readlinkSync("/proc/self/fd/0")) !== undefined;
  return isMounted
    ? { name: "/proc", status: "ok", found: "mounted" }
    : {
        name: "/proc",
        status: "wrong",
        found: `not usable on ${platform}`,
        fix: "File effects need Linux with /proc mounted.",
      };
}

/** What would run the code of packs. Who has no such pack needs none. */
export async function checkSandbox(env: Environment): Promise<Check> {
  try {
    const { layers, bubblewrap } = await describeSandbox(env);
    if (layers === "node")
      return {
        name: "sandbox",
        status: "warning",
        found: "Node's permission model alone: the code of packs can reach the network",
        fix: "Install bubblewrap, and unset AI_FIRST_SANDBOX.",
      };
    if (bubblewrap.isAvailable)
      return { name: "sandbox", status: "ok", found: `${bubblewrap.program}, and Node's permission model` };
    const found = `no code of packs can run: ${bubblewrap.reason}`;
    return { name: "sandbox", status: "warning", found, fix: ERRORS.SANDBOX_UNAVAILABLE.hint };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { name: "sandbox", status: "wrong", found: error.message, fix: error.hint };
  }
}

export function checkHome(home: string): Check {
  const stat = tryTo(() => statSync(home, { throwIfNoEntry: false }) ?? null);
  if (stat === null)
    return { name: "home", status: "warning", found: `${home} does not exist yet`, fix: "airun init" };
  if (stat === undefined) return unreadable("home", home);
  if (!stat.isDirectory()) return notADirectory("home", home, "name another in AI_FIRST_HOME");
  if ((stat.mode & 0o022) !== 0)
    return {
      name: "home",
      status: "wrong",
      found: `${home} can be written by others`,
      fix: `chmod 700 '${home}'`,
    };
  return isUsable(home) ? { name: "home", status: "ok", found: home } : unreadable("home", home);
}

/** Whether this user can list, enter and change a directory. */
export function isUsable(directory: string): boolean {
  const looked = tryTo(() => {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return readdirSync(directory);
  });
  return looked !== undefined;
}

export function checkKeys(home: string): Check {
  const directory = join(home, "keys");
  if (!existsSync(directory))
    return { name: "keys", status: "warning", found: "none yet", fix: "airun init" };
  const files = tryTo(() => readdirSync(directory, { recursive: true, withFileTypes: true }));
  if (files === undefined) return unreadable("keys", directory);
  const open = [directory, ...files.map(({ parentPath, name }) => join(parentPath, name))].filter(
    (path) => ((tryTo(() => lstatSync(path))?.mode ?? 0) & 0o077) !== 0,
  );
  if (open.length > 0)
    return {
      name: "keys",
      status: "wrong",
      found: `others can read ${open.slice(0, 3).join(", ")}`,
      fix: `chmod -R go= '${directory}'`,
    };
  try {
    const { length } = openKeys(home).list();
    return length === 0
      ? { name: "keys", status: "warning", found: "no signing key yet", fix: "airun init" }
      : { name: "keys", status: "ok", found: directory };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return error.code === "OS_PERMISSION"
      ? unreadable("keys", directory)
      : {
          name: "keys",
          status: "wrong",
          found: error.message,
          fix: `Restore ${directory} from a backup. Otherwise move the named file away; a new key is made.`,
        };
  }
}

export function notADirectory(name: string, path: string, otherwise: string): Check {
  return {
    name,
    status: "wrong",
    found: `${path} is not a directory`,
    fix: `Move it away, or ${otherwise}.`,
  };
}

function unreadable(name: string, path: string): Check {
  return {
    name,
    status: "wrong",
    found: `${path} cannot be used by this user`,
    fix: `chmod -R u+rwX '${path}'`,
  };
}

export function checkSpace(directory: string): Check {
  const stat = tryTo(() => statfsSync(directory));
  if (stat === undefined)
    return {
      name: "disk",
      status: "warning",
      found: "unknown",
      fix: `Look whether ${directory} can be read.`,
    };
  const free = stat.bavail * stat.bsize;
  const found = `${showBytes(free)} free`;
  if (free >= COMFORTABLE_FREE_BYTES) return { name: "disk", status: "ok", found };
  return {
    name: "disk",
    status: free < MIN_FREE_BYTES ? "wrong" : "warning",
    found,
    fix: "Free some space; nothing runs on a full disk.",
  };
}

export function tryTo<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    // What cannot be looked at is reported by the caller as missing.
    return undefined;
  }
}
