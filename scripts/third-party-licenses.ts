import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The license texts of the packages that files of a bundle come from, by name. @throws where a package has none */
export function licensesOf(modules: readonly string[]): string {
  const packages = new Set(
    modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  return [...packages]
    .sort()
    .map(licenseOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenseOf(directory: string): string {
  const manifest = readFileSync(join(directory, "package.json"), "utf8");
  const { name, version } = JSON.parse(manifest) as { name: string; version: string };
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no license file, so its code cannot be bundled.`);
  return `${name} ${version}\n\n${readFileSync(join(directory, file), "utf8").trim()}\n`;
}
