import { expect, test } from "vitest";

import { openSite } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";

verifies("ledger:secrets", "governance:constitution");

test("a secret that is written like the runtime's own words hides none of them", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const write = async (path: string) => {
    const { run } = await runtime.run("io.fs.write_file", {
      inputs: { path, content: "a secret: untrusted" },
    });
    const [intended] = runtime.ledger.entries({ run, types: ["step-intended"], sealed: true });
    return intended?.data;
  };
  const before = await write("a.txt");
  const { spec, pack, capability, receipt, role, rules } = before ?? {};
  const inputs = { api_key: spec, auth: pack, token: capability, secret: receipt, password: rules?.[0] };
  const flow = site.flow([{ name: "gate", step_type: "HUMAN_APPROVAL" }]);
  const names = { auth_a: "capability", auth_b: "receipt", auth_c: "attempt", auth_d: "inputs" };
  const { run } = await runtime.run(flow, { inputs: { ...inputs, ...names, credential: "untrusted" } });
  // Reading the run back makes its secrets known to this process.
  await runtime.cancel(run, "never mind", false);
  expect(await write("b.txt")).toMatchObject({
    spec,
    pack,
    capability,
    receipt,
    role,
    rules,
    attempt: 1,
    inputs: { path: "b.txt" },
  });
  const [started] = runtime.ledger.entries({ run, types: ["run-started"], sealed: true });
  expect(JSON.stringify(started?.data.inputs)).not.toContain("untrusted");
});
