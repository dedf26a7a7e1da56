import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { type Result, runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands", "ledger:verify");

let directory: ReturnType<typeof scratch>;
let key: string;

beforeAll(async () => {
  directory = scratch();
  await airun("run", "sys.info.get_time");
  key = (JSON.parse((await airun("init", "--json")).stdout) as { publicKey: string }).publicKey;
});

afterAll(() => directory[Symbol.dispose]());

function airun(...argv: readonly string[]): Promise<Result> {
  return runFake(argv, { directory: directory.path });
}

test("the log shows the newest entries, the newest last", async () => {
  const { stdout } = await airun("audit", "log", "--run", "last", "--json");
  const entries = JSON.parse(stdout) as { seq: number; type: string }[];
  expect(entries.map(({ type }) => type)).toEqual([
    "run-started",
    "step-intended",
    "step-completed",
    "run-completed",
  ]);
  const lines = (await airun("audit", "log", "--limit", "2")).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^SEQ +TIME +TYPE/);
  expect(
    (await airun("audit", "log", "--type", "run-completed", "--type", "run-failed", "--since", "2020-01-01"))
      .stdout,
  ).toMatch(/ run-completed /);
  expect((await airun("audit", "log", "--since", "2999-01-01")).stdout).toBe("No such entry.\n");
});

test("an export can be verified with the key alone, and a changed one cannot", async () => {
  expect((await airun("audit", "export", "--out", "ledger.jsonl")).stdout).toMatch(/^✓ ledger\.jsonl {2}/);
  const verified = await airun("audit", "verify", "--export", "ledger.jsonl", "--key", key);
  expect(verified.exitCode, verified.stdout).toBe(0);
  const path = join(directory.path, "ledger.jsonl");
  writeFileSync(
    join(directory.path, "changed.jsonl"),
    readFileSync(path, "utf8").replace("sys.info.get_time", "sys.info.get_tyme"),
  );
  const refused = await airun("audit", "verify", "--export", "changed.jsonl", "--key", key);
  expect(refused.exitCode).toBe(20);
  expect(refused.stdout).toMatch(/✗ \d+ finding/);
});

test.for(["jsonl", "ocsf", "csv"])("exports %s to the standard output", async (format) => {
  const { exitCode, stdout } = await airun("audit", "export", "--format", format);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/sys\.info\.get_time[^]*\n$/);
});

test("a proof of one entry holds with the right key alone", async () => {
  const { stdout } = await airun("audit", "prove", "3");
  writeFileSync(join(directory.path, "proof.json"), stdout);
  expect((await airun("audit", "verify", "--proof", "proof.json", "--key", key)).stdout).toMatch(
    /^✓ entry 3 is one of/,
  );
  writeFileSync(join(directory.path, "forged.json"), stdout.replace('"seq": 3', '"seq": 4'));
  expect((await airun("audit", "verify", "--proof", "forged.json", "--key", key)).exitCode).toBe(20);
});

test("erasing needs the whole id a second time", async () => {
  const refused = await airun("audit", "erase", "last", "--reason", "asked");
  expect(refused.exitCode).toBe(10);
  const [, run = ""] = /--confirm (\S+)/.exec(refused.stderr) ?? [];
  expect((await airun("audit", "erase", "last", "--confirm", run, "--reason", "asked")).stdout).toMatch(
    /^✓ erased 0 sealed values/,
  );
  expect((await airun("audit", "verify")).stdout).toMatch(/^✓ the ledger is whole/);
});

test.for<[readonly string[], number, RegExp]>([
  [["log", "--type", "bogus"], 10, /--type "bogus" is none of/],
  [["log", "--limit", "x"], 10, /--limit "x"/],
  [["log", "--since", "noon"], 10, /--since "noon"/],
  [["verify", "--export", "ledger.jsonl"], 10, /--export needs --key/],
  [["verify", "--proof", "none.json", "--key", "x"], 12, /FILE_NOT_FOUND/],
  [["verify", "--export", "none.jsonl", "--key", "x"], 12, /FILE_NOT_FOUND/],
  [["verify", "--workspace", "empty"], 20, /There is no ledger/],
  [["export", "--json"], 10, /needs --out/],
  [["export", "--out", "ledger.jsonl"], 10, /ALREADY_EXISTS/],
  [["prove", "0"], 10, /no entry number/],
  [["prove", "99999"], 12, /no entry 99999/],
])("audit %j exits with %i", async ([argv, exitCode, output]) => {
  const result = await airun("audit", ...argv);
  expect(result.exitCode, result.stderr).toBe(exitCode);
  expect(`${result.stdout}${result.stderr}`).toMatch(output);
});

test("a proof file that is no JSON is named", async () => {
  writeFileSync(join(directory.path, "text.json"), "no");
  expect((await airun("audit", "verify", "--proof", "text.json", "--key", key)).stderr).toMatch(
    /^error CONTENT_INVALID: "text\.json" is no JSON/,
  );
});

test("verify and doctor see an entry that was changed in the file", async () => {
  using other = scratch();
  const run = (...argv: readonly string[]) => runFake(argv, { directory: other.path });
  await run("run", "sys.info.get_time");
  const db = new DatabaseSync(join(other.path, "workspace/.ai-first/ledger.db"));
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
    db.exec(`DROP TRIGGER ${String(name)}`);
  db.exec("UPDATE entries SET entry = replace(entry, 'get_time', 'get_tyme') WHERE type = 'step-intended'");
  db.close();
  const verified = await run("audit", "verify");
  expect(verified.exitCode).toBe(20);
  expect(verified.stdout).toMatch(/✗ [^]* at entry \d+: /);
  const checked = await run("doctor", "--json");
  expect(checked.exitCode).toBe(20);
  const { checks } = JSON.parse(checked.stdout) as {
    checks: { name: string; status: string; fix: string }[];
  };
  expect(checks.find(({ name }) => name === "ledger")).toMatchObject({
    status: "wrong",
    fix: expect.stringContaining("airun audit verify"),
  });
});
