import { execFileSync } from "node:child_process";

import { scratch } from "./scratch.ts";

/** Root may, but in many containers not even root. */
export function mayMount(): boolean {
  using directory = scratch();
  try {
    mountTmpfs(directory.path, "64k");
  } catch {
    return false;
  }
  unmount(directory.path);
  return true;
}

/** A file system in memory. */
export function mountTmpfs(path: string, size: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "ignore" });
}

/** A second place for what lies at `source`. */
export function bindMount(source: string, path: string): void {
  execFileSync("mount", ["--bind", source, path], { stdio: "ignore" });
}

export function unmount(path: string): void {
  execFileSync("umount", [path]);
}
