import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Context, FileToWrite } from "../contract/handler.ts";
import { quoted } from "../contract/visible.ts";

/** The files of a run, once more, for a program that nobody trusts. */
export type PrivateCopy = {
  readonly path: string;
  /** Does in the run's directory what the program did to the copy. @throws EFFECT_UNDECLARED, PATH_REFUSED, LIMIT_EXCEEDED */
  readonly bringBack: () => Promise<readonly string[]>;
  [Symbol.dispose](): void;
};

const MAX_ENTRIES = 5000;
const MAX_BYTES = 64 * 1024 * 1024;

type Seen =
  | { readonly kind: "dir" }
  | { readonly kind: "file"; readonly hash: string; readonly mode: number };

/**
 * Copies what lies in the run's directory; links are left out.
 *
 * @throws LIMIT_EXCEEDED where it holds too much to be copied for one call
 */
export async function copyForProgram({ fs, spec }: Pick<Context, "fs" | "spec">): Promise<PrivateCopy> {
  const root = mkdtempSync(join(tmpdir(), "airun-copy-"));
  const dispose = () => rmSync(root, { recursive: true, force: true });
  const before = new Map<string, Seen>();
  let bytes = 0;
  try {
    for await (const { path, kind, size } of fs.walk(".")) {
      if (kind !== "file" && kind !== "dir") continue;
      bytes += size;
      if (before.size >= MAX_ENTRIES || bytes > MAX_BYTES)
        throw new RuntimeError(
          "LIMIT_EXCEEDED",
          `${spec.id} gets a copy of the run's directory, which has more than ${MAX_ENTRIES} entries or ${MAX_BYTES} bytes; give it a smaller one with --cwd.`,
        );
      const target = join(root, path);
      if (kind === "dir") {
        mkdirSync(target, { recursive: true });
        before.set(path, { kind });
        continue;
      }
      const content = await fs.read(path, { maxBytes: MAX_BYTES });
      const mode = (await fs.stat(path))?.mode ?? 0o644;
      writeFileSync(target, content);
      chmodSync(target, mode & 0o777);
      before.set(path, { kind, hash: sha256(content), mode: mode & 0o777 });
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { path: root, bringBack: () => bringBack({ fs, spec }, root, before), [Symbol.dispose]: dispose };
}

async function bringBack(
  { fs, spec }: Pick<Context, "fs" | "spec">,
  root: string,
  before: ReadonlyMap<string, Seen>,
): Promise<readonly string[]> {
  const after = look(root);
  const removed = [...before.keys()].filter((path) => !isSameKind(before.get(path), after.get(path)));
  const directories = [...after].flatMap(([path, { kind }]) =>
    kind === "dir" && before.get(path)?.kind !== "dir" ? [path] : [],
  );
  const files = [...after].flatMap(([path, seen]) => {
    const known = before.get(path);
    if (seen.kind !== "file" || (known?.kind === "file" && known.hash === seen.hash)) return [];
    return [{ path, mode: seen.mode }];
  });
  const changed = [...new Set([...removed, ...directories, ...files.map(({ path }) => path)])].sort();
  requireDeclared(spec, removed, "filesystem_delete");
  requireDeclared(spec, [...directories, ...files.map(({ path }) => path)], "filesystem_write");
  const guarded = changed.find((path) => path.split("/").some((part) => GUARDED.test(part)));
  if (guarded !== undefined)
    throw new RuntimeError(
      "PATH_REFUSED",
      `${spec.id} changed "${quoted(guarded, 200)}", through which it could act later.`,
    );
  const tops = removed.filter((path) => !removed.includes(dirname(path)));
  for (const path of tops) await fs.remove(path, { recursive: true });
  for (const path of directories) await fs.makeDir(path, { parents: true, existOk: true });
  if (files.length > 0)
    await fs.writeMany(
      files.map(({ path, mode }): FileToWrite => ({ path, mode, data: readFileSync(join(root, path)) })),
    );
  return changed;
}

// What runs by itself, holds secrets, or is the runtime's own.
const GUARDED = /^\.(?:git|ai-first|env(?:\..*)?)$/i;

function isSameKind(before: Seen | undefined, after: Seen | undefined): boolean {
  return before?.kind === after?.kind;
}

function requireDeclared(
  { id, side_effects }: Context["spec"],
  paths: readonly string[],
  effect: "filesystem_write" | "filesystem_delete",
): void {
  const [first] = paths;
  if (first === undefined || side_effects.includes(effect)) return;
  throw new RuntimeError(
    "EFFECT_UNDECLARED",
    `${id} ${effect === "filesystem_delete" ? "removed" : "changed"} "${quoted(first, 200)}" without declaring ${effect}; nothing of it was taken over.`,
    { details: { effect, paths: paths.slice(0, 20) } },
  );
}

/** What lies in the copy now. Its program has ended, so that nothing changes under the eyes. */
function look(root: string): Map<string, Seen> {
  const found = new Map<string, Seen>();
  let bytes = 0;
  const visit = (below: string): void => {
    for (const name of readdirSync(join(root, below), { encoding: "buffer" })) {
      const text = name.toString("utf8");
      const path = below === "" ? text : `${below}/${text}`;
      if (!Buffer.from(text).equals(name)) throw refused(path, "has a name that is no UTF-8");
      const stat = lstatSync(join(root, path));
      bytes += stat.size;
      if (found.size >= 2 * MAX_ENTRIES || bytes > 2 * MAX_BYTES)
        throw new RuntimeError(
          "LIMIT_EXCEEDED",
          `The program left more than ${2 * MAX_ENTRIES} entries or ${2 * MAX_BYTES} bytes.`,
        );
      if (stat.isDirectory()) {
        found.set(path, { kind: "dir" });
        // Its owner may always look, whatever the program did to the permissions.
        chmodSync(join(root, path), 0o700);
        visit(path);
      } else if (stat.isFile()) {
        chmodSync(join(root, path), 0o600);
        found.set(path, {
          kind: "file",
          hash: sha256(readFileSync(join(root, path))),
          mode: stat.mode & 0o777,
        });
      } else throw refused(path, "is a link, a pipe or a device");
    }
  };
  visit("");
  return found;
}

function refused(path: string, why: string): RuntimeError {
  return new RuntimeError(
    "PATH_REFUSED",
    `The program left "${quoted(path, 200)}", which ${why}; nothing of it was taken over.`,
  );
}
