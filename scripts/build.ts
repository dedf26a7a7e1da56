import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { type ModuleInfo, rolldown } from "rolldown";

import { bundleConsole } from "./bundle-console.ts";
import { compileContracts } from "./compile-contracts.ts";
import { licensesOf } from "./third-party-licenses.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { out: { type: "string", default: join(ROOT, "dist") } } });
const out = resolve(values.out);

// Large, and needed by few runs: these stay where npm puts them, and are loaded when a capability asks for them.
const LOADED_LATE =
  /^(?:@cedar-policy\/cedar-wasm|undici|pdfjs-dist|tar|csv-parse|fflate|jsep|json-p3|@huggingface\/jinja|@modelcontextprotocol\/client|@opentelemetry\/api)(?:\/|$)/;

// What every command loads, and what every run loads beside it, are one file each: a file costs more than its length.
const TOGETHER = {
  start: ["src/cli/program.ts", "src/cli/process-io.ts"],
  run: ["src/main.ts", "src/cli/run.ts", "src/bridge/exec-capability.ts"],
};

rmSync(out, { recursive: true, force: true });
execFileSync("tsc", ["-p", join(ROOT, "tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", out], {
  stdio: "inherit",
});
let reached: (readonly [name: string, ids: ReadonlySet<string>])[] | undefined;
const bundle = await rolldown({
  cwd: ROOT,
  // The workers are started by themselves, each in a thread of its own.
  input: {
    airun: "src/airun.ts",
    index: "src/index.ts",
    "verify-worker": "src/ledger/verify-worker.ts",
    "recall-worker": "src/aegis/memory/recall-worker.ts",
  },
  platform: "node",
  external: LOADED_LATE,
  plugins: [
    {
      // What the sources load late by a `require` of their own comes into the bundle too, and is run as late.
      name: "bundle-late-requires",
      transform: (code) => code.replaceAll(/createRequire\(import\.meta\.url\)\("/g, 'require("'),
    },
    {
      // Commander would start programs for subcommands that lie in files of their own; there are none.
      name: "leave-out-child-processes",
      transform: (code, id) =>
        id.includes("/commander/")
          ? code.replace(/^import childProcess from .*$/m, "const childProcess = {};")
          : null,
    },
  ],
});
// CommonJS, because it loads faster: an import of a part of Node prepares all of that part first.
const { output } = await bundle.write({
  dir: out,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "chunks/[name]-[hash].cjs",
  dynamicImportInCjs: true,
  minify: true,
  codeSplitting: { groups: [{ debugName: "together", name: (id, graph) => chunkOf(id, graph) }] },
});
await bundle.close();
// The program inside the sandbox is started as it is, by itself.
mkdirSync(join(out, "sandbox"), { recursive: true });
copyFileSync(join(ROOT, "src/sandbox/child.mjs"), join(out, "sandbox/child.mjs"));
const chunks = output.filter((file) => file.type === "chunk");
// A file that is ASCII throughout is read and kept in one byte a character; one other character doubles that.
for (const { name, fileName, code } of chunks)
  if (name in TOGETHER) writeFileSync(join(out, fileName), inAscii(code));
const door = chunks.find(({ name, isEntry }) => isEntry && name === "index")?.exports ?? [];
writeFileSync(join(out, "index.js"), `export { ${door.join(", ")} } from "./index.cjs";\n`);
const ofConsole = await bundleConsole(join(out, "console"));
writeFileSync(
  join(out, "third-party-licenses.txt"),
  licensesOf([...chunks.flatMap(({ moduleIds }) => moduleIds), ...ofConsole]),
);
compileContracts(join(out, "contracts"));

/** Code of the same meaning, for files without a raw template that has other characters. */
function inAscii(code: string): string {
  return code.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

type Graph = { getModuleInfo(id: string): ModuleInfo | null };

function chunkOf(id: string, graph: Graph): string | null {
  reached ??= Object.entries(TOGETHER).map(([name, files]) => [name, reachedFrom(files, graph)] as const);
  return reached.find(([, ids]) => ids.has(id))?.[0] ?? null;
}

/** The modules that are loaded with these files: what they import, and not what they load later. */
function reachedFrom(files: readonly string[], graph: Graph): ReadonlySet<string> {
  const found = new Set(files.map((file) => join(ROOT, file)));
  for (const id of found)
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
