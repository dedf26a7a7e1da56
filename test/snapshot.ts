import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Everything below a directory as text lines: kind, mode, content, link target, and with `times` the modification time
 * as the nearest double of seconds, which is all that Node can set. Times of directories are left out, because every
 * entry made or removed in one changes it. The runtime's own directory is left out too.
 */
export function snapshot(directory: string, { times = false } = {}, inner = ""): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(join(directory, inner)).sort()) {
    const path = inner === "" ? name : `${inner}/${name}`;
    if (path === ".ai-first") continue;
    const full = join(directory, path);
    const stat = lstatSync(full, { bigint: true });
    const mode = (Number(stat.mode) & 0o7777).toString(8);
    const time = times ? ` ${Number(stat.mtimeNs) / 1e9}` : "";
    if (stat.isDirectory()) lines.push(`${path}/ ${mode}`, ...snapshot(directory, { times }, path));
    else if (stat.isSymbolicLink()) lines.push(`${path} -> ${readlinkSync(full)}${time}`);
    else lines.push(`${path} ${mode}${time} ${readFileSync(full).toString("base64")}`);
  }
  return lines;
}
