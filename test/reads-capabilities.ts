import { z } from "zod";

import { defineCapability, type RuntimeOptions } from "../src/index.ts";

const common = {
  version: "1.0.0",
  description: "For a test.",
  risk: { level: "LOW", justification: "files of the workspace" },
} as const;

/** Steps of runs that read in one step and write in a later one; `onDie` is what the step "die" does. */
export function readsCapabilities(onDie: () => Promise<void>): NonNullable<RuntimeOptions["capabilities"]> {
  return [
    defineCapability({
      ...common,
      id: "test.sum",
      input: z.strictObject({ paths: z.array(z.string()) }),
      output: z.strictObject({ next: z.string() }),
      sideEffects: ["filesystem_read"],
      undo: { kind: "none" },
      async run({ fs }, { paths }) {
        let sum = 1;
        for (const path of paths)
          sum += (await fs.stat(path)) === undefined ? 0 : Number((await fs.read(path)).toString());
        return { next: String(sum) };
      },
    }),
    defineCapability({
      ...common,
      id: "test.try",
      input: z.strictObject({ paths: z.array(z.string()) }),
      output: z.strictObject({ next: z.string() }),
      sideEffects: ["filesystem_read"],
      undo: { kind: "none" },
      async run({ fs }, { paths }) {
        const text = await fs.read(paths[0] ?? "").catch(() => Buffer.from("0"));
        return { next: String(Number(text.toString()) + 1) };
      },
    }),
    defineCapability({
      ...common,
      id: "test.die",
      input: z.strictObject({}),
      output: z.strictObject({}),
      sideEffects: ["read_only"],
      undo: { kind: "none" },
      async run() {
        await onDie();
        return {};
      },
    }),
  ];
}
