import { RuntimeError } from "../../contract/errors.ts";

/** A file inside an archive, unpacked. */
export type ArchiveEntry = {
  readonly path: string;
  readonly data: Uint8Array;
  readonly isExecutable: boolean;
  readonly mtimeMs: number;
};

export const MAX_ENTRIES = 10_000;
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
// More than the best of real data gets; deflate itself ends near 1032.
const MAX_RATIO = 200;
const FREE_BYTES = 10 * 1024 * 1024;

/** Refuses an archive that unpacks to far more than it is. @throws LIMIT_EXCEEDED */
export function checkSize(packedBytes: number, unpackedBytes: number, entries: number): void {
  if (entries > MAX_ENTRIES)
    throw new RuntimeError("LIMIT_EXCEEDED", `The archive has more than ${MAX_ENTRIES} entries.`);
  if (unpackedBytes > MAX_TOTAL_BYTES)
    throw new RuntimeError("LIMIT_EXCEEDED", `The archive unpacks to more than ${MAX_TOTAL_BYTES} bytes.`);
  if (unpackedBytes > FREE_BYTES && unpackedBytes > packedBytes * MAX_RATIO)
    throw new RuntimeError("LIMIT_EXCEEDED", `The archive unpacks to more than ${MAX_RATIO} times its size.`);
}

/**
 * Refuses names that lead elsewhere, that stand twice, or that a file system without case would take for one.
 *
 * @throws PATH_REFUSED, CONTENT_INVALID
 */
export function checkNames(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    if (
      path === "" ||
      /^[/\\~]|^[A-Za-z]:|\\|\p{Cc}/u.test(path) ||
      path.split("/").some((name) => name === ".." || name === "." || name === "")
    )
      throw new RuntimeError(
        "PATH_REFUSED",
        `The archive holds the name ${JSON.stringify(path)}, which leads elsewhere.`,
      );
    const twin = seen.get(fold(path));
    if (twin !== undefined)
      throw new RuntimeError(
        "CONTENT_INVALID",
        `The archive holds ${JSON.stringify(path)} and ${JSON.stringify(twin)}, which may be one file.`,
      );
    seen.set(fold(path), path);
  }
  for (const path of paths) checkParents(path, seen);
}

function checkParents(path: string, seen: ReadonlyMap<string, string>): void {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const above = seen.get(fold(path.slice(0, at)));
    if (above !== undefined)
      throw new RuntimeError(
        "CONTENT_INVALID",
        `The archive holds "${above}" both as a file and as a directory.`,
      );
  }
}

function fold(path: string): string {
  return path.normalize("NFKC").toUpperCase().toLowerCase();
}
