import { z } from "zod";

import { createRuntime, defineCapability } from "../src/index.ts";

const shout = defineCapability({
  id: "acme.text.shout",
  version: "1.0.0",
  description: "Writes a text in capitals into a file.",
  input: z.object({ path: z.string(), text: z.string() }),
  output: z.object({ bytes: z.number() }),
  risk: { level: "LOW", justification: "Writes one file, which the runtime restores." },
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  run: async (ctx, { path, text }) => ({ bytes: (await ctx.fs.write(path, text.toUpperCase())).size }),
});

await using runtime = await createRuntime({ workspace: "work", capabilities: [shout] });
const inputs = { path: "greeting.txt", text: "hello" };
const { run, status, outputs } = await runtime.run("acme.text.shout", { inputs });
console.log(status, outputs); // COMPLETED { bytes: 5 }
console.log((await runtime.undo(run)).status); // ROLLED_BACK; work/greeting.txt is gone
