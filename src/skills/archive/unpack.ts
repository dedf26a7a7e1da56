import type { Context } from "../../contract/handler.ts";
import { type ArchiveEntry, checkNames } from "./archive-entry.ts";

export type UnpackInput = {
  readonly archive_path: string;
  readonly output_dir: string;
  readonly overwrite: boolean;
};

/** Writes what an archive holds as one effect: all of it or nothing. @throws ALREADY_EXISTS, PATH_REFUSED, CONTENT_INVALID */
export async function writeEntries(
  { fs }: Context,
  entries: readonly ArchiveEntry[],
  { output_dir, overwrite }: UnpackInput,
) {
  checkNames(entries.map(({ path }) => path));
  const prefix = output_dir === "." ? "" : `${output_dir}/`;
  const files = entries.map(({ path, data, isExecutable }) => ({
    path: prefix + path,
    data,
    mode: isExecutable ? 0o755 : 0o644,
  }));
  const written = files.length === 0 ? [] : await fs.writeMany(files, { overwrite, createDirs: true });
  return {
    extracted: files.map(({ path }) => path),
    file_count: files.length,
    total_size: written.reduce((sum, { size }) => sum + size, 0),
    success: true,
  };
}
