import { createRequire } from "node:module";

import { expect, test } from "vitest";

import { openIn } from "./installation.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("control:traces");

test("while nobody registered a provider of traces, nothing of OpenTelemetry is loaded", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  await runtime.run("sys.info.get_time");
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.filter((file) => file.includes("opentelemetry"))).toEqual([]);
});
