import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";
import { openIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("undo:exact");

test("the redo of a run does not bring back what its failed attempts wrote", async () => {
  using directory = scratch();
  let calls = 0;
  const flaky = defineCapability({
    id: "test.flaky",
    version: "1.0.0",
    description: "Writes a file, and fails twice.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "one file of the workspace" },
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    async run({ fs }) {
      await fs.write("notes", `attempt ${++calls}`);
      if (calls < 3) throw new RuntimeError("SERVICE_FAILED", `Call ${calls} fails.`);
      return {};
    },
  });
  await using runtime = await openIn(directory.path, { capabilities: [flaky] });
  const file = join(workspaceIn(directory.path), "notes");
  writeFileSync(file, "first");
  const { run } = await runtime.run("test.flaky");
  expect(readFileSync(file, "utf8")).toBe("attempt 3");
  await runtime.undo(run);
  expect(readFileSync(file, "utf8")).toBe("first");
  await runtime.redo(run);
  expect(readFileSync(file, "utf8")).toBe("attempt 3");
  await runtime.undo(run);
  expect(readFileSync(file, "utf8")).toBe("first");
});
