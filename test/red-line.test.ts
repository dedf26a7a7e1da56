import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { CATEGORIES, ERRORS, RuntimeError } from "../src/contract/errors.ts";
import { createRuntime, defineCapability, type Runtime, type RunView } from "../src/index.ts";
import type { Plan } from "../src/workflow/preview.ts";
import { runFake } from "./cli/run-fake.ts";
import { FLAT, makeAllActive, openSite, SHAPES, type Site } from "./red-line.ts";
import { overRest } from "./red-line-rest.ts";
import { type Target, type Way, WAYS, WRITE_FILE } from "./red-line-ways.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";

verifies("governance:chain", "governance:red-line");

type Refused = { readonly code?: string | undefined; readonly exitCode?: number };
type Surface = {
  readonly name: string;
  readonly target: Target;
  readonly ask: (site: Site) => Promise<Refused>;
};

const INPUTS = { path: "out.txt", content: "x" };
const PAIRS = ["--input", "path=out.txt", "--input", "content=x"];

async function embedded(site: Site, ask: (runtime: Runtime) => Promise<RunView | Plan>): Promise<Refused> {
  await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
  try {
    const result = await ask(runtime);
    if ("run" in result) return { code: result.failure?.code };
    const denied = result.steps.filter(({ decision }) => decision === "deny");
    return { code: denied.length === 0 ? undefined : codeIn(String(denied[0]?.note)) };
  } catch (error) {
    if (error instanceof RuntimeError) return { code: error.code };
    throw error;
  }
}

/** A plan says in words why a step would be refused. */
function codeIn(note: string): string {
  if (note.includes("is not what was approved")) return "DRIFTED";
  if (note.includes("suspended")) return "SUSPENDED";
  if (note.includes("alone.")) return "NOT_AUTHORIZED";
  return note.includes("no ACTIVE pack") ? "NOT_ACTIVE" : note;
}

async function commanded(site: Site, ...argv: readonly string[]): Promise<Refused> {
  const { AI_FIRST_HOME: _, ...env } = site.env;
  const { exitCode, stdout } = await runFake(argv, { directory: site.path, env });
  const document = JSON.parse(stdout) as {
    readonly error?: { readonly code: string };
    readonly failure?: { readonly code: string };
    readonly steps?: readonly { readonly decision?: string; readonly note?: string }[];
  };
  const denied = document.steps?.find(({ decision }) => decision === "deny");
  const code = document.error?.code ?? document.failure?.code ?? (denied && codeIn(String(denied.note)));
  return { code, exitCode };
}

async function served(site: Site, path: "/v1/runs" | "/v1/plans", body: unknown): Promise<Refused> {
  const { code, failure, steps } = await overRest(site, path, body);
  const denied = steps?.find(({ decision }) => decision === "deny");
  return { code: code ?? failure?.code ?? (denied && codeIn(String(denied.note))) };
}

const flow = (site: Site) => site.write("mine.yaml", FLAT.replace("desk_flat", "mine"));
const BRIDGE = ["--execution-id", "e", "--trace-id", "t", "--user-id", "u"];

const SURFACES: readonly Surface[] = [
  ...(["/v1/runs", "/v1/plans"] as const).flatMap((path): Surface[] => {
    const name = path === "/v1/runs" ? "POST /v1/runs" : "POST /v1/plans, a plan";
    return [
      {
        name: `${name} (capability)`,
        target: "capability",
        ask: (site) => served(site, path, { target: "io.fs.write_file", inputs: INPUTS }),
      },
      {
        name: `${name} (workflow)`,
        target: "workflow",
        ask: (site) => served(site, path, { target: "desk_flat" }),
      },
      { name: `${name} (facade)`, target: "facade", ask: (site) => served(site, path, { facade: "desk" }) },
    ];
  }),
  {
    name: "POST /v1/runs (text)",
    target: "file",
    ask: (site) => served(site, "/v1/runs", { workflow: FLAT.replace("desk_flat", "mine") }),
  },
  ...(["run", "plan"] as const).flatMap((verb): Surface[] => [
    {
      name: `runtime.${verb}(capability)`,
      target: "capability",
      ask: (site) => embedded(site, (runtime) => runtime[verb]("io.fs.write_file", { inputs: INPUTS })),
    },
    {
      name: `runtime.${verb}(workflow)`,
      target: "workflow",
      ask: (site) => embedded(site, (runtime) => runtime[verb]("desk_flat")),
    },
    {
      name: `runtime.${verb}(file)`,
      target: "file",
      ask: (site) => embedded(site, (runtime) => runtime[verb](flow(site))),
    },
    {
      name: `runtime.${verb}(facade)`,
      target: "facade",
      ask: (site) => embedded(site, (runtime) => runtime[verb]("", { facade: "desk" })),
    },
    {
      name: `airun ${verb} capability`,
      target: "capability",
      ask: (site) => commanded(site, verb, "io.fs.write_file", ...PAIRS, "--json"),
    },
    {
      name: `airun ${verb} workflow`,
      target: "workflow",
      ask: (site) => commanded(site, verb, "desk_flat", "--json"),
    },
    {
      name: `airun ${verb} file`,
      target: "file",
      ask: (site) => commanded(site, verb, flow(site), "--json"),
    },
  ]),
  {
    name: "runtime.start(capability)",
    target: "capability",
    ask: (site) =>
      embedded(
        site,
        async (runtime) => (await runtime.start("io.fs.write_file", { inputs: INPUTS })).settled,
      ),
  },
  {
    name: "airun facade run",
    target: "facade",
    ask: (site) => commanded(site, "facade", "run", "desk", "--json"),
  },
  { name: "airun nl", target: "facade", ask: (site) => commanded(site, "nl", "write at the desk", "--json") },
  {
    name: "airun bridge exec-capability",
    target: "capability",
    ask: (site) =>
      commanded(
        site,
        "bridge",
        "exec-capability",
        ...BRIDGE,
        "--capability-name",
        "io.fs.write_file",
        "--input-json",
        JSON.stringify(INPUTS),
      ),
  },
  {
    name: "airun bridge exec-workflow",
    target: "file",
    ask: (site) => commanded(site, "bridge", "exec-workflow", ...BRIDGE, "--workflow-spec-path", flow(site)),
  },
];

let base: Site;
const directory = scratch();
const ready = new Map<string, Site>();
beforeAll(async () => {
  base = await openSite(join(directory.path, "base"));
});
afterAll(() => directory[Symbol.dispose]());

/** An installation of its own in which that way is open. */
async function siteFor(way: Way, name: string): Promise<Site> {
  const known = ready.get(way.name);
  const prepared = known ?? base.copyTo(join(directory.path, `${ready.size}`));
  if (known === undefined) {
    ready.set(way.name, prepared);
    await way.arrange(prepared);
  }
  return prepared.copyTo(join(directory.path, "cases", `${way.name}-${name}`.replaceAll(/\W+/g, "-")));
}

function effectsOf(site: Site): number {
  const path = join(site.workspace, ".ai-first/ledger.db");
  if (!existsSync(path)) return 0;
  using database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT count(*) AS number FROM entries WHERE type = 'effect-intended'").get();
  return Number(row?.["number"]);
}

const cases = WAYS.flatMap((way) =>
  SURFACES.filter(({ target }) => way.closes.includes(target)).map(
    (surface) => [way.name, surface.name, way, surface] as const,
  ),
);

test.for(oneIn(4, cases))("%s: %s is refused, and nothing happened", async ([, , way, surface]) => {
  const site = await siteFor(way, surface.name);
  mkdirSync(site.workspace, { recursive: true });
  const before = snapshot(site.workspace);
  const { code, exitCode } = await surface.ask(site);
  expect(code).toBe(way.code);
  if (exitCode !== undefined) expect(exitCode).toBe(CATEGORIES[ERRORS[way.code].category].exit);
  expect(snapshot(site.workspace)).toEqual(before);
  expect(effectsOf(site)).toBe(0);
});

test.for(
  oneIn(
    3,
    SURFACES.map((surface) => [surface.name, surface] as const),
  ),
)("approved and ACTIVE: %s is let through", async ([, surface]) => {
  const open: Way = { name: "open", code: "UNKNOWN", closes: [], arrange: makeAllActive };
  const site = await siteFor(open, surface.name);
  expect((await surface.ask(site)).code).toBeUndefined();
  expect(effectsOf(site)).toBe(surface.name.includes("plan") ? 0 : 1);
});

const send = (id: string, kind: "compensable" | "reversible") =>
  defineCapability({
    id,
    version: "1.0.0",
    description: "Does something outside that a compensation takes back.",
    input: z.object({}),
    output: z.object({}),
    risk: { level: "HIGH", justification: "A test." },
    sideEffects: kind === "compensable" ? ["network_write"] : ["read_only"],
    undo: { kind: kind === "compensable" ? "compensable" : "none" },
    run: async () => ({}),
  });

describe("through whatever a workflow is made of", () => {
  const closed = WAYS.filter(({ closes }) => closes.includes("capability"));
  const shapes = closed.flatMap((way) =>
    Object.keys(SHAPES)
      .filter((shape) => !(shape === "a sub-workflow" && !way.closes.includes("workflow")))
      .map((shape) => [way.name, shape, way] as const),
  );

  test.for(shapes)("%s: %s", async ([, shape, way]) => {
    const site = await siteFor(way, shape);
    const file = site.write(
      "shape.yaml",
      `name: shape\nversion: 1.0.0\ndescription: One way to reach a capability.\nmetadata: { owner: test }\n${SHAPES[shape]}\n`,
    );
    await using runtime = await createRuntime({
      workspace: site.workspace,
      env: site.env,
      capabilities: [send("test.out.send", "compensable"), send("test.out.touch", "reversible")],
    });
    const before = snapshot(site.workspace);
    const view = await runtime.run(file).catch((error: unknown) => error);
    const failures = [...runtime.ledger.entries({ types: ["step-failed"] })].map(
      ({ data }) => data.failure.code,
    );
    const codes = view instanceof RuntimeError ? [view.code] : failures;
    // Of several that are refused the first finds the drift, and the others find the pack suspended by it.
    const allowed: readonly string[] = way.code === "DRIFTED" ? ["DRIFTED", "SUSPENDED"] : [way.code];
    const expected = shape.includes("compensation") ? [...allowed, "FILE_NOT_FOUND", "NOT_ACTIVE"] : allowed;
    expect(codes).toContain(way.code);
    expect(codes.filter((code) => !expected.includes(code))).toEqual([]);
    expect(snapshot(site.workspace)).toEqual(before);
    expect([...runtime.ledger.entries({ types: ["effect-intended"] })]).toEqual([]);
    if (shape === "a retry") expect(failures).toHaveLength(1);
  });
});

const dropNewer = (site: Site): void => {
  site.write(
    WRITE_FILE.replace(".yaml", "@9.9.9.yaml"),
    `id: io.fs.write_file
version: 9.9.9
name: A newer one
description: Nobody approved this.
operation: WRITE
risk: { level: MEDIUM, justification: None. }
side_effects: [filesystem_write]
undo: { kind: reversible }
inputs: { type: object, properties: { path: { type: string }, content: { type: string } } }
outputs: { type: object }
`,
  );
};

test("a newer one that somebody drops beside the approved one is not meant", async () => {
  const open: Way = { name: "open", code: "UNKNOWN", closes: [], arrange: makeAllActive };
  const site = await siteFor(open, "newer");
  dropNewer(site);
  await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
  expect(await runtime.run("io.fs.write_file", { inputs: INPUTS })).toMatchObject({ status: "COMPLETED" });
  const [intent] = [...runtime.ledger.entries({ types: ["step-intended"] })];
  expect(intent?.data.version).toBe("1.0.0");
  for (const reference of ["io.fs.write_file@9.9.9", "io.fs.write_file@>=2.0.0"])
    expect(await runtime.run(reference, { inputs: INPUTS })).toMatchObject({
      failure: { code: "NOT_ACTIVE" },
    });
  expect(runtime.registry.capability("io.fs.write_file@>=1.0.0").spec.version).toBe("1.0.0");
});
