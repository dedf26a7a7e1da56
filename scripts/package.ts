import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { publint } from "publint";
import { formatMessage } from "publint/utils";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    /** Directory for the tarball. */
    destination: { type: "string", default: "." },
    /** Builds and checks the package, and writes no tarball. */
    check: { type: "boolean", default: false },
  },
});

// Elsewhere, so that the checkout stays as it is however this ends.
const stage = mkdtempSync(join(tmpdir(), "airun-package-"));
try {
  fill(stage);
  await lint(stage);
  if (!values.check) run("npm", ["pack", stage, "--pack-destination", resolve(values.destination)]);
} finally {
  rmSync(stage, { recursive: true });
}

function fill(directory: string): void {
  const { published, files } = readManifest();
  for (const name of files)
    if (existsSync(join(ROOT, name)) && name !== "dist")
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  run(process.execPath, [join(ROOT, "scripts/build.ts"), "--out", join(directory, "dist")]);
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

type Manifest = { readonly files: readonly string[] } & Readonly<Record<string, unknown>>;

/** What users need of `package.json`. The Node binaries among the optional dependencies are for checkouts alone. */
function readManifest(): { published: object; files: readonly string[] } {
  const {
    scripts: _scripts,
    devDependencies: _devDependencies,
    optionalDependencies: _optionalDependencies,
    overrides: _overrides,
    knip: _knip,
    ...published
  } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  return { published, files: published.files };
}

async function lint(directory: string): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: directory, strict: true, pack: "npm" });
  const found = messages.map((message) => formatMessage(message, pkg) ?? message.code);
  if (found.length > 0) throw new Error(`The package is not as it must be:\n${found.join("\n")}`);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
}
