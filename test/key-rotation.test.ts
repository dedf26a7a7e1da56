import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, afterAll, expect, test } from "vitest";

import { openKeys, type SigningKey } from "../src/ledger/keys.ts";
import { originOf } from "../src/ledger/note.ts";
import { verifyLedger } from "../src/ledger/verify.ts";
import { runToPoint } from "./crash/run-to-point.ts";
import { newHomeIn } from "./home.ts";
import { runFake } from "./cli/run-fake.ts";
import { ledgerIn, openIn } from "./installation.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("ledger:checkpoint", "ledger:secrets", "cli:commands");

const SECRET = "correct-horse-battery";
const env = { API_TOKEN: SECRET };

const template = scratch();
let firstKey: string;
beforeAll(async () => {
  await writeSecret(template.path, "before");
  await using runtime = await openIn(template.path);
  firstKey = runtime.keys.signer(originOf(runtime.ledger.id)).verifier;
});
afterAll(() => template[Symbol.dispose]());

/** An installation in which something is sealed and signed. */
function installation() {
  const directory = scratch();
  copyTo(directory.path);
  return directory;
}

// With the modes of directories, which `cpSync` does not keep.
function copyTo(directory: string): void {
  execFileSync("cp", ["-a", `${template.path}/.`, directory]);
}

async function writeSecret(directory: string, path: string): Promise<void> {
  await using runtime = await openIn(directory, { env });
  const view = await runtime.run("io.fs.write_file", { inputs: { path, content: `to ${path}: ${SECRET}` } });
  expect(view.status).toBe("COMPLETED");
}

/** What was sealed, by the path that it was written to. */
async function revealed(directory: string): Promise<string[]> {
  await using runtime = await openIn(directory);
  return [...runtime.ledger.entries({ types: ["run-started"] })].flatMap((entry) =>
    entry.type === "run-started" ? [String(entry.data.inputs["content"])] : [],
  );
}

const airun = (directory: string, ...argv: readonly string[]) => runFake(argv, { directory });

async function listKeys(directory: string): Promise<SigningKey[]> {
  return JSON.parse((await airun(directory, "keys", "list", "--json")).stdout) as SigningKey[];
}

test("a rotation keeps what was signed and sealed, and new values are sealed under new keys", async () => {
  using directory = installation();
  const sealKeys = () => readdirSync(join(directory.path, "home/keys/seal"));
  const before = sealKeys();
  const { exitCode, stdout } = await airun(directory.path, "keys", "rotate", "--yes", "--json");
  expect(exitCode).toBe(0);
  const { key, ledger } = JSON.parse(stdout) as {
    key: SigningKey;
    ledger: { publicKey: string; isHandedOver: boolean };
  };
  expect(ledger).toMatchObject({ isHandedOver: true, publicKey: expect.stringContaining(key.publicKey) });
  const [active, retired, ...others] = await listKeys(directory.path);
  expect([active, retired?.number, retired?.status, others]).toEqual([key, 1, "retired", []]);
  expect(firstKey.endsWith(`+${retired?.publicKey}`)).toBe(true);

  await writeSecret(directory.path, "after");
  expect(await revealed(directory.path)).toEqual([`to before: ${SECRET}`, `to after: ${SECRET}`]);
  const added = sealKeys().filter((name) => !before.includes(name));
  expect(added.length).toBeGreaterThan(0);
  for (const name of added) expect(name).toMatch(/^[0-9a-f]{64}-2\.key$/);
  expect((await airun(directory.path, "audit", "verify", "--key", firstKey)).exitCode).toBe(0);
  expect((await airun(directory.path, "audit", "verify", "--key", ledger.publicKey)).exitCode).toBe(0);
});

test("the same subject has a key for each generation, and its erasure destroys them all", () => {
  using home = scratch();
  const keys = openKeys(home.path);
  const first = keys.ring.findOrMake("a");
  keys.rotate();
  const second = keys.ring.findOrMake("a");
  expect(second).not.toEqual(first);
  expect([...keys.ring.find("a")]).toEqual([second, first]);
  keys.ring.findOrMake("b");
  keys.ring.destroy("a");
  for (const { ring } of [keys, openKeys(home.path)]) expect([...ring.find("a")]).toEqual([]);
  expect([...keys.ring.find("b")]).toHaveLength(1);
});

test("an export after the rotation is verified by whoever has the first public key alone", async () => {
  using directory = installation();
  await airun(directory.path, "keys", "rotate", "--yes");
  await airun(directory.path, "audit", "export", "--out", "ledger.jsonl");
  using elsewhere = scratch();
  const copy = join(elsewhere.path, "ledger.jsonl");
  const text = readFileSync(join(directory.path, "ledger.jsonl"), "utf8");
  writeFileSync(copy, text);
  const verify = (key: string) =>
    airun(elsewhere.path, "audit", "verify", "--export", copy, "--key", key, "--json");
  expect(await verify(firstKey)).toMatchObject({ exitCode: 0 });

  const foreign = openKeys(join(elsewhere.path, "foreign")).signer(firstKey.split("+")[0] ?? "").verifier;
  const refused = await verify(foreign);
  expect(refused.exitCode).toBe(20);
  expect(JSON.parse(refused.stdout)).toMatchObject({ findings: [{ kind: "key" }] });

  // The record of the rotation is what lets the first key vouch for the second.
  writeFileSync(copy, text.replace(/"signature":"...../, '"signature":"AAAAA'));
  const forged = JSON.parse((await verify(firstKey)).stdout) as { findings: { kind: string }[] };
  expect(forged.findings.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["chain", "key"]));
});

test.for<[string, string[], readonly string[] | undefined, number]>([
  ["without --yes", [], undefined, 10],
  ["with --json and without --yes at a terminal", ["--json"], ["y"], 10],
  ["when the human says no", [], ["n"], 0],
  ["when the human does not answer", [], [], 0],
])("nothing is rotated %s", async ([, options, answers, exitCode]) => {
  using directory = installation();
  const terminal = answers === undefined ? {} : { answers, columns: 80 };
  const result = await runFake(["keys", "rotate", ...options], { directory: directory.path, ...terminal });
  expect(result.exitCode).toBe(exitCode);
  if (exitCode !== 0) expect(result.stdout + result.stderr).toContain("--yes");
  expect(await listKeys(directory.path)).toHaveLength(1);
});

test("it is rotated when the human says yes", async () => {
  using directory = installation();
  const { exitCode, stdout } = await runFake(["keys", "rotate"], {
    directory: directory.path,
    answers: ["yes"],
    columns: 200,
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("key 2 is active");
  expect(await listKeys(directory.path)).toHaveLength(2);
});

test("before the first key the list is empty, and nothing is made", async () => {
  using directory = scratch();
  const first = { directory: directory.path, env: newHomeIn(directory.path) };
  const { stdout } = await runFake(["keys", "list"], first);
  expect(stdout).toContain("airun init");
  expect(readdirSync(directory.path)).toEqual([]);
});

test("a ledger of another home keeps its key, and the command says so", async () => {
  using directory = installation();
  const argv = ["keys", "rotate", "--yes"];
  const other = { AI_FIRST_HOME: join(directory.path, "other-home") };
  const { exitCode, stdout } = await runFake(argv, { directory: directory.path, env: other });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("which this home does not have");
  expect(verifyLedger(ledgerIn(directory.path), { publicKey: firstKey })).toMatchObject({ ok: true });
});

test("killed at each point of a rotation: the home works, with the old key or the new one", async () => {
  using directory = scratch();
  const count = join(directory.path, "count");
  copyTo(count);
  const points = runToPoint("key-rotation-driver.ts", count);
  expect(points).toBeGreaterThan(10);
  const numbers = new Set<number>();
  // The last one is a rotation that has ended.
  const all = Array.from({ length: points }, (_, index) => index + 1);
  for (const point of new Set([...oneIn(8, all), points])) {
    const own = join(directory.path, String(point));
    copyTo(own);
    runToPoint("key-rotation-driver.ts", own, point);
    const keys = await listKeys(own);
    numbers.add(keys.length);
    await writeSecret(own, "after");
    expect(await revealed(own), `point ${point}`).toEqual([`to before: ${SECRET}`, `to after: ${SECRET}`]);
    expect((await airun(own, "keys", "rotate", "--yes")).exitCode).toBe(0);
    expect(await listKeys(own)).toHaveLength(keys.length + 1);
    for (const path of [ledgerIn(own), join(own, "home/home.db")])
      expect(verifyLedger(path), `point ${point}`).toMatchObject({ ok: true, findings: [] });
    expect(verifyLedger(ledgerIn(own), { publicKey: firstKey }).findings, `point ${point}`).toEqual([]);
  }
  expect(numbers).toEqual(new Set([1, 2]));
});
