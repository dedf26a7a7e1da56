import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
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
const LOADED_LATE = /^(?:undici|pdfjs-dist|tar|csv-parse|fflate|jsep|json-p3|@huggingface\/jinja)(?:\/|$)/;

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
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  chunkFileNames: "chunks/[name]-[hash].js",
  minify: true,
});
await bundle.close();
const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
writeFileSync(join(out, "third-party-licenses.txt"), licensesOf(modules));
compileContracts(join(out, "contracts"));
