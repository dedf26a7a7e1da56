import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { rolldown } from "rolldown";

import { compileContracts } from "./compile-contracts.ts";
import { licensesOf } from "./third-party-licenses.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { out: { type: "string", default: join(ROOT, "dist") } } });
const out = resolve(values.out);

// Large, and needed by few runs: these stay where npm puts them, and are loaded when a capability asks for them.
const LOADED_LATE =
  /^(?:@cedar-policy\/cedar-wasm|undici|pdfjs-dist|tar|csv-parse|fflate|jsep|json-p3|@huggingface\/jinja)(?:\/|$)/;

rmSync(out, { recursive: true, force: true });
execFileSync("tsc", ["-p", join(ROOT, "tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", out], {
  stdio: "inherit",
});
const bundle = await rolldown({
  cwd: ROOT,
  input: { airun: "src/airun.ts", index: "src/index.ts" },
  platform: "node",
  external: LOADED_LATE,
  plugins: [
    {
      // What the sources load late by a `require` of their own comes into the bundle too, and is run as late.
      name: "bundle-late-requires",
      transform: (code) => code.replaceAll(/createRequire\(import\.meta\.url\)\("/g, 'require("'),
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
});
await bundle.close();
// The program inside the sandbox is started as it is, by itself.
mkdirSync(join(out, "sandbox"));
copyFileSync(join(ROOT, "src/sandbox/child.mjs"), join(out, "sandbox/child.mjs"));
const chunks = output.filter((file) => file.type === "chunk");
const door = chunks.find(({ name, isEntry }) => isEntry && name === "index")?.exports ?? [];
writeFileSync(join(out, "index.js"), `export { ${door.join(", ")} } from "./index.cjs";\n`);
writeFileSync(
  join(out, "third-party-licenses.txt"),
  licensesOf(chunks.flatMap(({ moduleIds }) => moduleIds)),
);
compileContracts(join(out, "contracts"));
