import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import type { Runtime, RunView } from "../src/index.ts";
import { exportCsv } from "../src/ledger/export-csv.ts";
import { exportJsonl } from "../src/ledger/export-jsonl.ts";
import { exportOcsf } from "../src/ledger/export-ocsf.ts";
import { reportHtml } from "../src/ledger/report-html.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { login, PASSWORD, PASSWORD_HASH, secretCapabilities, TOKEN } from "./secrets/capabilities.ts";
import { filesBelow, formsOf, searchSecrets } from "./secrets/forms.ts";
import { verifies } from "./requirements.ts";
import { programEnv } from "./home.ts";

verifies("ledger:secrets");

const SECRETS = [PASSWORD, TOKEN];
const AIRUN = join(import.meta.dirname, "..", "bin", "airun.cjs");

const open = (directory: string): Promise<Runtime> =>
  openIn(directory, { capabilities: secretCapabilities, env: { SERVICE_TOKEN: TOKEN } });

test("a mark of a zod schema reaches the contract", () => {
  expect(login.spec.inputs.properties?.["password"]).toMatchObject({ "x-sensitive": true });
  expect(login.spec.outputs.properties?.["session"]).toMatchObject({ "x-sensitive": true });
});

test("the search finds a secret in every form", () => {
  for (const [form, bytes] of formsOf(PASSWORD))
    expect(
      searchSecrets(
        [PASSWORD],
        new Map([["there", Buffer.concat([Buffer.from("{"), bytes, Buffer.from("}")])]]),
      ),
    ).toContain(`${PASSWORD} as ${form} in there`);
});

test("no secret lies in any file, export or output after runs that handled it", async () => {
  using directory = scratch();
  const runs: RunView[] = [];
  const places = new Map<string, Buffer>();
  {
    await using runtime = await open(directory.path);
    runs.push(await runtime.run("test.login", { inputs: { user: "ada", password: PASSWORD } }));
    runs.push(await runtime.run("test.refuse", { inputs: { password: PASSWORD } }));
    runs.push(await runtime.run("test.login", { inputs: { user: TOKEN, password: PASSWORD } }));
    expect(runs.map(({ status }) => status)).toEqual(["COMPLETED", "FAILED", "COMPLETED"]);
    await runtime.ledger.flush();
    // While it is open there is a write-ahead log beside the ledger.
    for (const [path, content] of filesBelow(directory.path)) places.set(`${path} (open)`, content);
    const exports = {
      jsonl: exportJsonl(runtime.ledger),
      csv: exportCsv(runtime.ledger),
      ocsf: exportOcsf(runtime.ledger),
      html: reportHtml(runtime.ledger, verifyIn(directory.path)),
    };
    for (const [name, pieces] of Object.entries(exports))
      places.set(name, Buffer.from([...pieces].join("\n")));
  }
  for (const [path, content] of filesBelow(directory.path)) places.set(path, content);
  expect([...places.keys()].filter((path) => path.includes("ledger.db"))).toContain(
    `${join(workspaceIn(directory.path), ".ai-first", "ledger.db")}-wal (open)`,
  );
  for (const args of [
    ["runs"],
    ["show", "last"],
    ["show", "last", "--json"],
    ["audit", "log"],
    ["audit", "verify"],
    ["doctor"],
    ["audit", "export"],
  ])
    for (const [stream, content] of airun(directory.path, args))
      places.set(`airun ${args.join(" ")} ${stream}`, content);
  expect(searchSecrets(SECRETS, places)).toEqual([]);
  expect(verifyIn(directory.path)).toMatchObject({ ok: true });
}, 120_000);

const gate = {
  name: "gate",
  step_type: "HUMAN_APPROVAL",
  inputs: { message: "go on?" },
  depends_on: ["before"],
};

test("a run that waited is given the real value in another process, and leaves no trace of it", async () => {
  using directory = scratch();
  const file = join(directory.path, "flow.json");
  const steps = [digestStep("before", []), gate, digestStep("after", ["gate"])];
  writeFileSync(
    file,
    JSON.stringify({ name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps }),
  );
  const run = await pause(directory.path, file);
  await using runtime = await open(directory.path);
  const view = await runtime.decide(run, { decision: "approved", reason: "test" });
  expect(view.status).toBe("COMPLETED");
  expect([view.outputs["before"], view.outputs["after"]]).toEqual([
    { sha256: PASSWORD_HASH },
    { sha256: PASSWORD_HASH },
  ]);
  await runtime.ledger.flush();
  expect(searchSecrets(SECRETS, filesBelow(directory.path))).toEqual([]);
});

test("a secret that a run goes on with in another process is hidden there wherever it comes", async () => {
  using directory = scratch();
  const file = join(directory.path, "flow.json");
  const told = {
    name: "told",
    capability_name: "test.count",
    inputs: { text: "it is {{ password }}" },
    depends_on: ["gate"],
  };
  const steps = [digestStep("before", []), gate, told];
  writeFileSync(
    file,
    JSON.stringify({ name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps }),
  );
  const run = await pause(directory.path, file);
  await using runtime = await open(directory.path);
  const view = await runtime.decide(run, { decision: "approved", reason: "test" });
  expect([view.failure, view.outputs["told"]]).toEqual([null, { characters: 6 + PASSWORD.length }]);
  await runtime.ledger.flush();
  expect(searchSecrets([PASSWORD], filesBelow(directory.path))).toEqual([]);
});

async function pause(directory: string, file: string): Promise<string> {
  await using runtime = await open(directory);
  const view = await runtime.run(file, { inputs: { password: PASSWORD } });
  expect(view.status).toBe("PAUSED");
  return view.run;
}

/** The program in a process that was not told the secrets. */
function airun(directory: string, args: readonly string[]): [string, Buffer][] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [AIRUN, "--workspace", workspaceIn(directory), ...args],
    {
      cwd: directory,
      env: programEnv(directory),
    },
  );
  expect([args, status, stderr.toString()]).toEqual([args, 0, expect.any(String)]);
  return [
    ["stdout", stdout],
    ["stderr", stderr],
  ];
}

function digestStep(name: string, after: readonly string[]): object {
  return { name, capability_name: "test.digest", inputs: { password: "{{ password }}" }, depends_on: after };
}
