import { RuntimeError } from "../../contract/errors.ts";
import type { Context } from "../../contract/handler.ts";
import { type ArchiveEntry, checkNames, MAX_ENTRIES, MAX_TOTAL_BYTES } from "./archive-entry.ts";

export type PackInput = {
  readonly source_paths: readonly string[];
  readonly output_path: string;
  readonly recursive: boolean;
};

/**
 * The files that an archive is made of, under the paths they have. The archive itself is left out.
 *
 * @throws FILE_NOT_FOUND, LIMIT_EXCEEDED; PATH_REFUSED for a link, because an archive of it would lead elsewhere
 */
export async function readSources(
  { fs }: Context,
  { source_paths, output_path, recursive }: PackInput,
): Promise<ArchiveEntry[]> {
  const output = plain(output_path);
  const entries: ArchiveEntry[] = [];
  let total = 0;
  const add = async (path: string) => {
    if (path === output) return;
    const stat = await fs.stat(path);
    if (stat === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${path}" does not exist.`);
    if (stat.kind !== "file")
      throw new RuntimeError("PATH_REFUSED", `"${path}" is a ${stat.kind}; only files are archived.`);
    total += stat.size;
    if (entries.length >= MAX_ENTRIES || total > MAX_TOTAL_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `There are more than ${MAX_ENTRIES} files or ${MAX_TOTAL_BYTES} bytes to archive.`,
      );
    entries.push({
      path,
      data: await fs.read(path),
      isExecutable: (stat.mode & 0o100) !== 0,
      mtimeMs: stat.mtimeMs,
    });
  };
  for (const source of source_paths) {
    const path = plain(source);
    const isDirectory = path === "." || (await fs.stat(path))?.kind === "dir";
    if (!isDirectory) await add(path);
    else
      for await (const entry of recursive ? fs.walk(path) : await fs.list(path))
        if (entry.kind !== "dir") await add(entry.path);
  }
  if (entries.length === 0) throw new RuntimeError("CONTENT_INVALID", "There is no file to archive.");
  checkNames(entries.map(({ path }) => path));
  return entries;
}

function plain(path: string): string {
  return path.startsWith("./") ? path.slice(2) : path;
}
