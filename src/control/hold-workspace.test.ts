import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { holdWorkspace } from "./hold-workspace.ts";

verifies("control:up");

test("a lock that is none says what is wrong with it", () => {
  using directory = scratch();
  mkdirSync(join(directory.path, ".ai-first"));
  writeFileSync(
    join(directory.path, ".ai-first/up.lock"),
    "no database at all, but long enough to be one\n".repeat(20),
  );
  expect(() => holdWorkspace(directory.path)).toThrow(
    expect.objectContaining({
      code: "LEDGER_UNAVAILABLE",
      message: expect.stringContaining("not a database"),
    }),
  );
});
