import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { sha256 } from "../contract/digest.ts";
import { DEMO_FILES } from "./demo-files.ts";
import { runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

test("the demo tidies the inbox, again and again, and the undo it prints takes it back", async () => {
  using directory = scratch();
  const workspace = join(directory.path, "workspace");
  const airun = (...argv: readonly string[]) => runFake(argv, { directory: directory.path });

  const first = await airun("demo");
  expect(first.exitCode, first.stderr + first.stdout).toBe(0);
  expect(first.stdout).toMatch(
    /4 sample files put there[^]*✓ completed {2}tidy_inbox[^]*\+ report\.md[^]*✓ the ledger is whole/,
  );
  expect(readFileSync(join(workspace, "report.md"), "utf8")).toContain("- Total: 828\n");
  expect(readdirSync(join(workspace, "inbox"))).toEqual([]);
  const sums = readFileSync(join(workspace, "archive/SHA256SUMS"), "utf8").trimEnd().split("\n");
  expect(sums).toHaveLength(3);
  for (const line of sums) {
    const [sum = "", name = ""] = line.split("  ");
    expect(sha256(readFileSync(join(workspace, "archive", name)))).toBe(sum);
    expect(DEMO_FILES[`inbox/${name}`]).toBe(readFileSync(join(workspace, "archive", name), "utf8"));
  }

  const second = await airun("demo");
  expect(second.exitCode, second.stderr + second.stdout).toBe(0);
  expect(second.stdout).toMatch(
    /3 sample files put there[^]*> archive\/orders\.csv {2}from inbox\/orders\.csv/,
  );

  expect((await airun("undo")).exitCode).toBe(0);
  expect(readdirSync(join(workspace, "inbox"))).toHaveLength(3);
});

test("the demo keeps what lies in the inbox already", async () => {
  using directory = scratch();
  const airun = (...argv: readonly string[]) => runFake(argv, { directory: directory.path });
  await airun("demo", "--json");
  const orders = "customer,item,quantity,price\nOnly One,Tea,2,1.50\n";
  writeFileSync(join(directory.path, "workspace/inbox/orders.csv"), orders);
  const { exitCode, stdout } = await airun("demo", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: "COMPLETED", workflow: "tidy_inbox" });
  expect(readFileSync(join(directory.path, "workspace/report.md"), "utf8")).toContain("- Total: 3\n");
});
