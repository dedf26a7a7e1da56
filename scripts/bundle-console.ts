import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build, type Rolldown } from "vite";

const SOURCES = fileURLToPath(new URL("../src/console", import.meta.url));

/**
 * Writes the web console as it is served, and returns the modules that it is made of. Several processes may do so at
 * once: the page comes last and by a rename, so that whatever it names is there.
 */
export async function bundleConsole(out: string): Promise<readonly string[]> {
  // Whoever calls may be a test; the console is always built as it is published.
  process.env["NODE_ENV"] = "production";
  const built = (await build({
    root: SOURCES,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      write: false,
      // `light-dark()` is not to be rewritten: every browser of these versions has it.
      target: ["chrome123", "edge123", "firefox128", "safari17.5"],
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: {
        onLog(level, log, report) {
          // "use client" is for servers that render; there is none.
          if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
        },
      },
    },
  })) as Rolldown.RolldownOutput;
  const assets = join(out, "assets");
  mkdirSync(assets, { recursive: true });
  const page = built.output.find(({ fileName }) => fileName === "index.html");
  if (page?.type !== "asset") throw new Error("The console has no page.");
  for (const file of built.output) if (file !== page) put(join(out, file.fileName), contentOf(file));
  put(join(out, "index.html"), page.source);
  const present = new Set(built.output.map(({ fileName }) => fileName));
  for (const name of readdirSync(assets))
    if (!present.has(`assets/${name}`)) rmSync(join(assets, name), { force: true });
  return built.output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}

function contentOf(file: Rolldown.OutputChunk | Rolldown.OutputAsset): string | Uint8Array {
  return file.type === "chunk" ? file.code : file.source;
}

function put(path: string, content: string | Uint8Array): void {
  // The names of assets have a digest of their content.
  if (existsSync(path) && dirname(path).endsWith("assets")) return;
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, content);
  renameSync(aside, path);
}
