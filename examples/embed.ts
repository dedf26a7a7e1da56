// A capability of your own, a workflow that uses it, and its undo. In your project, import from "ai-first-runtime".
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { createRuntime, defineCapability } from "../src/index.ts";

const greet = defineCapability({
  id: "acme.greet",
  version: "1.0.0",
  description: "Writes a greeting into a file.",
  input: z.strictObject({ name: z.string().min(1), path: z.string() }),
  output: z.strictObject({ bytes: z.int() }),
  risk: { level: "MEDIUM", justification: "It writes one file of the workspace." },
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  async run(ctx, { name, path }) {
    const { size } = await ctx.fs.write(path, `Hello, ${name}!\n`);
    return { bytes: size };
  },
});

const workflow = join(process.cwd(), "welcome.json");
writeFileSync(
  workflow,
  JSON.stringify({
    name: "welcome",
    version: "1.0.0",
    description: "Greets somebody, and takes the sum of the greeting.",
    metadata: { owner: "acme" },
    steps: [
      { name: "greet", capability_name: "acme.greet", inputs: { name: "{{ name }}", path: "hello.txt" } },
      {
        name: "sum",
        capability_name: "io.fs.hash_file",
        inputs: { path: "hello.txt" },
        depends_on: ["greet"],
      },
    ],
  }),
);

await using runtime = await createRuntime({ workspace: "workspace", capabilities: [greet] });
const run = await runtime.run(workflow, { inputs: { name: "Ada" } });
console.log(
  run.status,
  run.outputs["greet"],
  readFileSync(join(runtime.workspace, "hello.txt"), "utf8").trim(),
);

const undone = await runtime.undo(run.run);
console.log(undone.undoable === 0 ? "undone" : "not undone");
