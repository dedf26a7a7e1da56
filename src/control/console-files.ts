import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { RuntimeError } from "../contract/errors.ts";

/** The files that the web console consists of, by their paths below it. */
export type ConsoleFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Reads the console as it is now. @throws INTERNAL */
export type ReadConsole = () => Promise<ConsoleFiles>;

const BUILD_TIMEOUT_MS = 120_000;

/**
 * The built console of a package. In a checkout it is built when somebody asks for it and it is missing or older than
 * its sources, by another process: the server keeps answering, and never loads the tools for it.
 */
export function openConsole(packageRoot: string): ReadConsole {
  const directory = join(packageRoot, "dist/console");
  const page = join(directory, "index.html");
  const script = join(packageRoot, "scripts/build-console.ts");
  let kept: { readonly writtenMs: number; readonly files: ConsoleFiles } | undefined;
  let building: Promise<void> | undefined;

  return async () => {
    if (existsSync(script) && isStale(packageRoot, page)) {
      building ??= build(script).finally(() => (building = undefined));
      await building;
    }
    const writtenMs = timeOf(page);
    if (writtenMs === undefined)
      throw new RuntimeError("INTERNAL", "This package has no web console in dist/console.");
    if (kept?.writtenMs !== writtenMs) kept = { writtenMs, files: readAll(directory) };
    return kept.files;
  };
}

async function build(script: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [script], { timeout: BUILD_TIMEOUT_MS });
  } catch (cause) {
    throw new RuntimeError(
      "INTERNAL",
      "The web console could not be built; `node scripts/build-console.ts` tells why.",
      { cause },
    );
  }
}

function isStale(packageRoot: string, page: string): boolean {
  const builtMs = timeOf(page);
  if (builtMs === undefined) return true;
  const sources = ["src/console", "src/contract"].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      join(packageRoot, folder, name),
    ),
  );
  return [...sources, join(packageRoot, "package-lock.json")].some((path) => (timeOf(path) ?? 0) > builtMs);
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function readAll(directory: string): ConsoleFiles {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
  return new Map(names.map((path) => [path.slice(directory.length + 1), new Uint8Array(readFileSync(path))]));
}
