import { readdirSync, readlinkSync, statfsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import type { Environment } from "../kernel/home.ts";
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

export function homeOf(env: Environment): string {
  return env["AI_FIRST_HOME"] || join(homedir(), ".ai-first");
}

export function checkHome(home: string): Check {
  const stat = tryTo(() => statSync(home));
  if (stat === undefined)
    return { name: "home", status: "warning", found: `${home} does not exist yet`, fix: "airun init" };
  const isSafe = (stat.mode & 0o022) === 0;
  return isSafe
    ? { name: "home", status: "ok", found: home }
    : {
        name: "home",
        status: "wrong",
        found: `${home} can be written by others`,
        fix: `chmod 700 '${home}'`,
      };
}

export function checkKeys(home: string): Check {
  const directory = join(home, "keys");
  const files = tryTo(() => readdirSync(directory, { recursive: true, withFileTypes: true }));
  if (files === undefined) return { name: "keys", status: "warning", found: "none yet", fix: "airun init" };
  const open = [directory, ...files.map(({ parentPath, name }) => join(parentPath, name))].filter(
    (path) => ((tryTo(() => statSync(path))?.mode ?? 0) & 0o077) !== 0,
  );
  return open.length === 0
    ? { name: "keys", status: "ok", found: directory }
    : {
        name: "keys",
        status: "wrong",
        found: `others can read ${open.slice(0, 3).join(", ")}`,
        fix: `chmod -R go= '${directory}'`,
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
