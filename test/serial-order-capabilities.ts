import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";

const common = {
  version: "1.0.0",
  description: "For a test.",
  risk: { level: "LOW", justification: "files of the workspace" },
  sideEffects: ["filesystem_read", "filesystem_write"],
  undo: { kind: "reversible" },
} as const;
const input = { path: z.string(), waitMs: z.int() };

export const serialOrderCapabilities = [
  defineCapability({
    ...common,
    id: "test.get",
    input: z.strictObject(input),
    output: z.strictObject({ text: z.string() }),
    async run({ fs }, { path, waitMs }) {
      await sleep(waitMs);
      try {
        return { text: (await fs.read(path)).toString() };
      } catch (error) {
        if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return { text: "" };
        throw error;
      }
    },
  }),
  defineCapability({
    ...common,
    id: "test.put",
    input: z.strictObject({ ...input, text: z.string() }),
    output: z.strictObject({}),
    async run({ fs }, { path, waitMs, text }) {
      await fs.write(path, late(text, waitMs), { createDirs: true });
      return {};
    },
  }),
];

/** What lies at a path is looked at before the first piece of the new content is asked for. */
async function* late(text: string, waitMs: number): AsyncGenerator<Uint8Array> {
  await sleep(waitMs);
  yield Buffer.from(text);
}
