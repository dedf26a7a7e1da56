import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { runFake } from "./run-fake.ts";

verifies("governance:packs", "cli:commands");

const FILES = {
  "weather/pack.yaml": `pack_id: pack.weather
name: weather
version: 1.0.0
description: Weather for the desk.
includes: { capabilities: [desk.weather.get, io.fs.write_file], workflows: [forecast] }
`,
  "weather/capabilities/desk_weather_get.yaml": `id: desk.weather.get
version: 1.0.0
name: Get the weather
description: The weather of a town.
operation: NETWORK
risk: { level: LOW, justification: It only reads. }
side_effects: [network_read]
undo: { kind: none }
network: { hosts: [api.weather.example] }
inputs: { type: object, properties: { town: { type: string } } }
outputs: { type: object }
`,
  "weather/handlers/desk_weather_get.mjs": "export default async () => ({});\n",
  "weather/forecast.yaml": `name: forecast
version: 1.0.0
description: Writes the forecast.
metadata: { owner: desk }
steps:
  - { name: write, capability_name: io.fs.write_file, inputs: { path: forecast.txt, content: sunny } }
`,
  "forecaster.yaml": `name: forecaster
version: 1.0.0
description: Writes the forecast.
triggers: [write the forecast, tidy my desk]
routes: { primary: { type: pack, ref: weather } }
`,
};

let directory: ReturnType<typeof scratch>;
beforeEach(() => {
  directory = scratch();
  for (const [path, text] of Object.entries(FILES)) put(path, text);
});
afterEach(() => directory[Symbol.dispose]());

function put(path: string, text: string): void {
  const full = join(directory.path, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

const airun = (...argv: readonly string[]) => runFake(argv, { directory: directory.path });
/** An agent proposes, so that the person at this machine may approve. */
const asAgent = (...argv: readonly string[]) =>
  runFake(argv, { directory: directory.path, env: { AI_FIRST_AGENT: "helper" } });

type Report = { readonly id: string; readonly [field: string]: unknown };

async function proposed(path: string): Promise<Report> {
  const { exitCode, stdout } = await asAgent("propose", path, "--reason", "needed", "--json");
  expect(exitCode, stdout).toBe(0);
  return JSON.parse(stdout) as Report;
}

async function active(kind: "pack" | "facade", path: string, reference: string): Promise<void> {
  const { id } = await proposed(path);
  expect((await airun("approve", id, "--json")).exitCode).toBe(0);
  const { exitCode, stderr } = await airun(kind, "activate", reference, "--reason", "go");
  expect(exitCode, stderr).toBe(0);
}

const INSTALLED = "home/installed/packs/weather@1.0.0";

describe("from a directory to a run", () => {
  test("a reviewer sees contracts, effects, hosts, risk with reasons, locks and files; only then it runs", async () => {
    const report = await proposed("weather");
    expect(report).toMatchObject({
      risk: "MEDIUM",
      source: "third_party",
      status: "PENDING_REVIEW",
      approvalsNeeded: 1,
      contracts: [
        { capability: "desk.weather.get", effects: ["network_read"], hosts: ["api.weather.example"] },
        { capability: "io.fs.write_file", undo: "reversible" },
      ],
      files: { "forecast.yaml": FILES["weather/forecast.yaml"] },
    });
    expect(report["reasons"]).toContain("MEDIUM: desk.weather.get reads from other machines");
    const { stdout } = await airun("proposal", "show", report.id.slice(5, 12));
    for (const part of ["helper (for ", "hosts: api.weather.example", "│ name: forecast", "binds"])
      expect(stdout).toContain(part);
    expect(existsSync(join(directory.path, "home/installed"))).toBe(false);
    expect((await airun("run", "forecast")).exitCode).toBe(12);

    expect((await airun("review", report.id, "--risk", "HIGH")).exitCode).toBe(0);
    expect((await airun("approve", report.id, "--reason", "read it")).exitCode).toBe(0);
    expect((await airun("run", "forecast")).exitCode).toBe(12);
    expect((await airun("pack", "activate", "weather", "--reason", "go")).exitCode).toBe(0);
    expect((await airun("run", "forecast")).exitCode).toBe(0);
    const bare = await airun("run", "desk.weather.get", "--json");
    expect(JSON.parse(bare.stdout)).toMatchObject({ status: "COMPLETED", outputs: {} });
  });

  test("what changed since the version before is shown, and a signature that became another", async () => {
    expect((await airun("pack", "sign", "weather")).exitCode).toBe(0);
    await active("pack", "weather", "weather");
    rmSync(join(directory.path, "weather/pack.lock"));
    put("weather/pack.yaml", FILES["weather/pack.yaml"].replace("1.0.0", "1.1.0"));
    put("weather/forecast.yaml", FILES["weather/forecast.yaml"].replace("sunny", "rain"));
    const { id, diff } = await proposed("weather");
    expect(diff).toMatch(/-.*content: sunny[^]*\+.*content: rain/);
    expect((await airun("proposal", "show", id)).stdout).toContain("signed by another key");
  });

  test("drift closes it, and reinstate puts back what was approved", async () => {
    await active("pack", "weather", "weather");
    appendFileSync(join(directory.path, INSTALLED, "handlers/desk_weather_get.mjs"), " ");
    const drifted = await airun("run", "desk.weather.get", "--json");
    expect(JSON.parse(drifted.stdout)).toMatchObject({ failure: { code: "DRIFTED" } });
    expect((await airun("run", "forecast")).stderr).toContain("error SUSPENDED");
    expect((await airun("pack", "list")).stdout).toMatch(/weather .*ACTIVE, suspended \(drift\)/);
    expect((await airun("pack", "reinstate", "weather", "--reason", "restored")).exitCode).toBe(0);
    expect(readFileSync(join(directory.path, INSTALLED, "handlers/desk_weather_get.mjs"), "utf8")).toBe(
      FILES["weather/handlers/desk_weather_get.mjs"],
    );
    expect((await airun("run", "forecast")).exitCode).toBe(0);
  });

  test("an installed pack whose signature does not hold any more is refused", async () => {
    await airun("pack", "sign", "weather");
    await active("pack", "weather", "weather");
    const lock = join(directory.path, INSTALLED, "pack.lock");
    writeFileSync(lock, readFileSync(lock, "utf8").replace(/[0-9a-f]{64}/, "0".repeat(64)));
    const { stdout } = await airun("run", "desk.weather.get", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ failure: { code: "DRIFTED" } });
  });

  test("a pack may become a new version while the old one stays", async () => {
    await active("pack", "weather", "weather");
    for (const file of ["pack.yaml", "forecast.yaml"] as const)
      put(`weather/${file}`, FILES[`weather/${file}`].replace("1.0.0", "2.0.0").replace("sunny", "rain"));
    await active("pack", "weather", "weather@2.0.0");
    expect((await airun("run", "forecast")).exitCode).toBe(0);
    expect(readFileSync(join(directory.path, "workspace/forecast.txt"), "utf8")).toBe("rain");
    expect((await airun("pack", "freeze", "weather", "--reason", "wait")).stderr).toContain("name one");
    await airun("pack", "freeze", "weather@2.0.0", "--reason", "wait");
    expect((await airun("run", "forecast")).exitCode).toBe(0);
    expect(readFileSync(join(directory.path, "workspace/forecast.txt"), "utf8")).toBe("sunny");
  });
});

describe("what is refused", () => {
  test.for<[string, () => void, RegExp]>([
    [
      "an id of the package",
      () =>
        put(
          "weather/capabilities/io_fs_copy.yaml",
          FILES["weather/capabilities/desk_weather_get.yaml"].replace("desk.weather.get", "io.fs.copy"),
        ),
      /ALREADY_EXISTS.*io\.fs\.copy belongs to the package/,
    ],
    [
      "code without a contract",
      () => put("weather/handlers/other.mjs", "x"),
      /handlers\/other\.mjs is the handler of no/,
    ],
    [
      "a workflow that it does not include",
      () => put("weather/more.yaml", FILES["weather/forecast.yaml"].replace("name: forecast", "name: more")),
      /does not include its own workflow more/,
    ],
    [
      "a workflow that cannot run",
      () =>
        put(
          "weather/forecast.yaml",
          FILES["weather/forecast.yaml"].replace("content: sunny", "contents: sunny"),
        ),
      /SPEC_INVALID[^]*contents/,
    ],
    [
      "a workflow's name that is taken",
      () => {
        put(
          "weather/forecast.yaml",
          FILES["weather/forecast.yaml"].replace("name: forecast", "name: tidy_inbox"),
        );
        put("weather/pack.yaml", FILES["weather/pack.yaml"].replace("[forecast]", "[tidy_inbox]"));
      },
      /the workflow "tidy_inbox" is there already/,
    ],
    [
      "a proposal of the older kind in it",
      () =>
        put(
          "weather/pack.yaml",
          FILES["weather/pack.yaml"].replace("io.fs.write_file]", "net.search.google]"),
        ),
      /PROPOSAL_NOT_EXECUTABLE/,
    ],
    [
      "files that are not as they were signed",
      () => put("weather/pack.lock", "ai-first-runtime/pack v1\n"),
      /SPEC_INVALID: pack\.lock/,
    ],
    ["no pack.yaml", () => rmSync(join(directory.path, "weather/pack.yaml")), /there is no pack\.yaml/],
  ])("a pack with %s", async ([, spoil, message]) => {
    spoil();
    const { exitCode, stderr } = await asAgent("propose", "weather", "--reason", "x");
    expect(stderr).toMatch(message);
    expect(exitCode).toBeGreaterThan(0);
  });

  test.for<[readonly string[], number, RegExp]>([
    [["propose", "weather"], 10, /--reason is missing/],
    [["propose", "weather/forecast.yaml", "--reason", "x"], 10, /propose the directory of a pack/],
    [["propose", "nowhere", "--reason", "x"], 12, /FILE_NOT_FOUND/],
    [["propose", "weather", "--reason", "x", "--key", "a+b+c"], 10, /it has no pack\.lock/],
    [["pack", "verify", "weather"], 10, /is not signed/],
    [["pack", "activate", "wether", "--reason", "x"], 12, /There is no pack "wether"/],
    [["pack", "activate", "web-research-pack", "--reason", "x"], 12, /No proposal of pack web-research-pack/],
    [["pack", "reinstate", "demo", "--reason", "x"], 10, /is not suspended/],
    [["facade", "activate", "demo", "--reason", "x"], 12, /There is no facade "demo"/],
    [["approve", "prop-0123"], 12, /There is no proposal/],
    [["review", "prop-0123"], 10, /--risk is missing/],
    [["principals", "add", "bob", "--role", "king"], 10, /"king" is no role/],
    [["principals", "revoke", "bob"], 12, /Nobody registered "bob"/],
  ])("airun %j", async ([argv, code, message]) => {
    const { exitCode, stderr } = await airun(...argv);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(code);
  });

  test("one's own proposal, and the same once more", async () => {
    expect((await airun("propose", "weather", "--reason", "x")).exitCode).toBe(0);
    const [first] = JSON.parse((await airun("proposals", "--json")).stdout) as Report[];
    const approved = await airun("approve", String(first?.id));
    expect(approved.stderr).toMatch(/NOT_AUTHORIZED.*cannot approve it too/);
    expect((await asAgent("propose", "weather", "--reason", "x")).stderr).toContain(
      "proposes the same already",
    );
    expect((await airun("reject", String(first?.id), "--reason", "no")).exitCode).toBe(0);
    expect((await airun("proposals", "--status", "rejected")).stdout).toContain("REJECTED");
  });
});

describe("in one's own words", () => {
  test.for(["tidy my inbox", "帮我整理收件箱"])("%s", async (intent) => {
    await airun("demo");
    await airun("undo");
    const { exitCode, stdout } = await airun("nl", intent, "--json");
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ workflow: "tidy_inbox", status: "COMPLETED" });
  });

  test("several that answer equally well are listed, and none is run", async () => {
    await active("pack", "weather", "weather");
    put("twin.yaml", FILES["forecaster.yaml"].replace("name: forecaster", "name: twin"));
    await active("facade", "forecaster.yaml", "forecaster");
    await active("facade", "twin.yaml", "twin");
    const { exitCode, stdout } = await airun("nl", "write the forecast", "--json");
    expect(exitCode).toBe(30);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "blocked",
      type: "ambiguous_facade",
      candidates: [{ name: "forecaster" }, { name: "twin" }],
    });
    expect((await airun("runs", "--json")).stdout.trim()).toBe("[]");
    await airun("facade", "freeze", "twin", "--reason", "one is enough");
    expect((await airun("nl", "write the forecast")).exitCode).toBe(0);
  });

  test.for<[readonly string[], string, number]>([
    [["nl", "fly to the moon"], "no_facade_match", 12],
    [["nl", "extract tables from pdf"], "facade_not_active", 11],
    [["facade", "run", "pdf"], "facade_not_found", 12],
    [["facade", "run", "nowhere"], "facade_not_found", 12],
    [["facade", "run", "tidy-inbox", "--workflow", "load_test_quick"], "workflow_not_allowed", 12],
  ])("airun %j is refused as %s", async ([argv, type, code]) => {
    const { exitCode, stdout } = await airun(...argv, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ error: { details: { type } } });
    expect(exitCode).toBe(code);
  });
});

test("whoever closes a pack is told through which others its contents still run", async () => {
  const { stdout } = await airun("pack", "freeze", "stdlib", "--reason", "stop");
  expect(stdout).toMatch(/pack stdlib@\S+ is FROZEN/);
  expect(stdout).toMatch(/still in aegis-demo@1\.0\.0: .*io\.fs\.write_file@1\.0\.0/);
  const { stdout: again } = await airun("pack", "activate", "stdlib", "--reason", "go on", "--json");
  expect(JSON.parse(again)).toMatchObject({ lifecycle: "ACTIVE", reachedElsewhere: [] });
});

test("roles are given and taken", async () => {
  expect((await airun("principals", "add", "bob", "--role", "approver", "--role", "reviewer")).exitCode).toBe(
    0,
  );
  expect((await airun("principals", "list")).stdout).toMatch(/bob +bob +approver, reviewer/);
  expect((await asAgent("principals", "add", "helper", "--role", "admin")).stderr).toContain(
    "NOT_AUTHORIZED",
  );
  expect((await airun("principals", "revoke", "bob")).stdout).toContain("no roles any more");
});
