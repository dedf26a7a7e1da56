import { expect, test } from "vitest";

import { verifies } from "../../requirements.ts";
import { MODERN } from "../site.ts";
import { openForConformance } from "./open.ts";
import { runSuite } from "./run-suite.ts";

verifies("mcp:conformance");

test("the conformance suite passes the stateless server; all of it in `npm run conformance`", async () => {
  await using site = await openForConformance();
  const [outcome] = await runSuite(site.url, "--scenario", "server-stateless", "--spec-version", MODERN);
  expect(outcome).toMatchObject({ scenario: "server-stateless", failed: [] });
  expect(outcome?.passed).toBeGreaterThanOrEqual(29);
  expect(site.runtime.ledger.runs({ limit: 100 }).map(({ name }) => name)).toContain(
    "test_trigger_tool_change",
  );
});
