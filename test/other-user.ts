import { execFileSync } from "node:child_process";

const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;

/** For root no mode closes anything; so root gives the files to somebody else, who then tries. */
export function giveToOtherUser(directory: string): void {
  if (isRoot) execFileSync("chown", ["-R", "-h", String(OTHER_USER), directory]);
}

/** Works as the user of `giveToOtherUser`; where this process is no root's, as its own user. */
export async function asOtherUser<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!isRoot) return work();
  process.seteuid?.(OTHER_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
