import { chmodSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { findProgram } from "./find-program.ts";

verifies("import:secrets");

test("a program is a file that may be run, wherever a directory of its name lies before it", () => {
  using directory = scratch();
  const { path: cwd } = directory;
  mkdirSync(join(cwd, "one/tool"), { recursive: true });
  mkdirSync(join(cwd, "two"));
  writeFileSync(join(cwd, "two/tool"), "");
  const env = { PATH: [join(cwd, "none"), join(cwd, "one"), join(cwd, "two")].join(":") };
  const unknown = expect.objectContaining({ code: "FILE_NOT_FOUND" });
  expect(() => findProgram("tool", { cwd, env })).toThrow(unknown);
  expect(() => findProgram("./one/tool", { cwd, env })).toThrow(unknown);
  chmodSync(join(cwd, "two/tool"), 0o755);
  expect(findProgram("tool", { cwd, env })).toBe(realpathSync(join(cwd, "two/tool")));
});
