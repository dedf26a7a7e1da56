import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("control:traces");

// In a process of its own: in this one, other tests have loaded what is looked for.
const PROGRAM = `
import { createRequire } from "node:module";
import { createRuntime } from ${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))};
await using runtime = await createRuntime({ workspace: "workspace", env: { AI_FIRST_HOME: "home" } });
const { status } = await runtime.run("sys.info.get_time");
const loaded = Object.keys(createRequire(process.cwd() + "/program.mjs").cache);
console.log(JSON.stringify({ status, loaded }));
`;

test("while nobody registered a provider of traces, nothing of OpenTelemetry is loaded", () => {
  using directory = scratch();
  const text = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    cwd: directory.path,
    encoding: "utf8",
  });
  const { status, loaded } = JSON.parse(text) as { readonly status: string; readonly loaded: string[] };
  expect(status).toBe("COMPLETED");
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.filter((file) => file.includes("opentelemetry"))).toEqual([]);
});
