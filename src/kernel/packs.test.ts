import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type Assets, findAssets } from "./assets.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:registry");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "packs-"));
  for (const part of [
    "capabilities/validated/stdlib",
    "capabilities/validated/external",
    "packs",
    "specs/facades",
  ])
    mkdirSync(join(root, part), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function open(changes: Partial<Assets> = {}): Registry {
  return createRegistry({
    assets: { ...findAssets({ AI_FIRST_ASSETS_DIR: root }), ...changes },
    handlers: {},
  });
}

function openShipped(): Registry {
  return createRegistry({ assets: findAssets({}), handlers: {} });
}

const workflow = (name: string, capability: string, extra = "") =>
  `name: ${name}\nversion: 1.0.0\ndescription: d\n${extra}steps:\n  - {name: a, capability_name: ${capability}, inputs: {capability_name: no.such}}\n  - {name: b, step_type: HUMAN_APPROVAL, capability_name: human.approve}\n`;
const pack = (name: string, includes: string, extra = "") =>
  `pack_id: ${name}\nname: ${name}\nversion: 1.0.0\ndescription: d\nincludes: ${includes}\n${extra}`;
const capability = (id: string, level: string) =>
  `{id: ${id}, version: 1.0.0, name: n, description: d, operation: READ, risk: {level: ${level}, justification: j}, side_effects: [read_only], undo: {kind: none}, inputs: {type: object}, outputs: {type: object}}`;

describe("a pack", () => {
  beforeEach(() => {
    put("capabilities/validated/stdlib/a_low.yaml", capability("a.low", "LOW"));
    put("capabilities/validated/stdlib/a_high.yaml", capability("a.high", "HIGH"));
    put("packs/one/high.yaml", workflow("high", "a.high"));
  });

  test.for<[string, string, object]>([
    [
      "with a risk profile keeps it",
      pack("p", "{capabilities: [a.low]}", "risk_profile: {max_risk: CRITICAL}"),
      { risk: "CRITICAL", isRunnable: true, warnings: [] },
    ],
    [
      "without one has the highest of its capabilities",
      pack("p", "{capabilities: [a.low, a.high]}"),
      { risk: "HIGH", isRunnable: true, warnings: [expect.stringContaining("no risk_profile")] },
    ],
    [
      "or of its workflows",
      pack("p", "{capabilities: [a.low], workflows: [high]}"),
      { risk: "HIGH", isRunnable: true },
    ],
    ["or none", pack("p", "{}"), { risk: "LOW", isRunnable: true }],
    [
      "with a capability that is not there is not runnable",
      pack("p", "{capabilities: [a.lwo, a.high]}", "risk_profile: {max_risk: LOW}"),
      { risk: "LOW", isRunnable: false, warnings: ['There is no capability "a.lwo"; did you mean "a.low"?'] },
    ],
    [
      "with a workflow that is not there is not runnable",
      pack("p", "{workflows: [hihg]}", "risk_profile: {max_risk: LOW}"),
      { isRunnable: false, warnings: ['There is no workflow "hihg"; did you mean "high"?'] },
    ],
  ])("%s", ([, text, expected]) => {
    put("packs/one/pack.yaml", text);
    expect(open().packs()).toEqual([expect.objectContaining(expected)]);
  });

  test("that breaks its schema is refused with its place", () => {
    put("packs/one/pack.yaml", pack("p", "{capability: [a.low]}"));
    expect(() => open().packs()).toThrow(
      /pack\.yaml:5:12: includes\.capability: is not a known field; did you mean "capabilities"\?$/,
    );
  });
});

test("what is no directory is an error, not an empty one", () => {
  const registry = open({ packs: join(root, "file") });
  put("file", "");
  expect(() => registry.packs()).toThrow(`The directory "${join(root, "file")}": ENOTDIR`);
});

describe("a workflow", () => {
  test("is found by its name or its workflow_id, whatever its file is called", () => {
    put("packs/one/file.yaml", workflow("by_name", "a.low", "workflow_id: by_id\n"));
    put("workflows/other.json", JSON.stringify({ name: "other", version: "1.0.0", description: " d " }));
    const registry = open();
    expect(registry.workflow("by_name").file).toBe(join(root, "packs/one/file.yaml"));
    expect(registry.workflow("by_id").name).toBe("by_name");
    expect(registry.workflow("other")).toMatchObject({ workflowId: "", version: "1.0.0", description: "d" });
    expect(registry.workflows().map(({ name }) => name)).toEqual(["by_name", "other"]);
    expect(() => registry.workflow("file")).toThrow(expect.objectContaining({ code: "WORKFLOW_UNKNOWN" }));
  });

  test("that says nothing of itself is listed under its file's name", () => {
    put("workflows/list.yaml", "- 1\n- 2\n");
    put("workflows/nameless.json", JSON.stringify({ name: 5, description: "d" }));
    expect(open().workflows()).toMatchObject([
      { name: "list", workflowId: "", version: "", description: "" },
      { name: "nameless", version: "", description: "d" },
    ]);
  });

  test("is read again once its file was changed, and unknown once it is gone", () => {
    const registry = open();
    put("workflows/flow.json", JSON.stringify({ name: "flow", version: "1.0.0" }));
    const first = registry.workflow("flow");
    expect(registry.workflow("flow")).toBe(first);
    put("workflows/flow.json", JSON.stringify({ name: "flow", version: "1.0.1000" }));
    expect(registry.workflow("flow").version).toBe("1.0.1000");
    rmSync(join(root, "workflows/flow.json"));
    expect(() => registry.workflow("flow")).toThrow(expect.objectContaining({ code: "WORKFLOW_UNKNOWN" }));
  });

  test("with one name in two files has to be told apart", () => {
    put("packs/one/a.yaml", workflow("same", "a.low"));
    put("packs/two/b.yaml", workflow("same", "a.low"));
    expect(() => open().workflow("same")).toThrow(
      expect.objectContaining({
        code: "ALREADY_EXISTS",
        message: expect.stringMatching(/a\.yaml, .*b\.yaml/),
      }),
    );
  });

  test.for(["../packs/one/a", "", "__proto__", "/etc/passwd"])(
    "that does not exist is unknown: %j",
    (name) => {
      put("packs/one/a.yaml", workflow("same", "a.low"));
      expect(() => open().workflow(name)).toThrow(expect.objectContaining({ code: "WORKFLOW_UNKNOWN" }));
    },
  );
});

describe("what is shipped", () => {
  test("every pack, facade, proposal and workflow loads", () => {
    const registry = openShipped();
    expect(registry.packs().map(({ spec }) => spec.pack_id)).toEqual(
      expect.arrayContaining(["aegis-demo-pack", "pack.load.test", "pack.web.research"]),
    );
    expect(registry.facades().map(({ spec }) => spec.name)).toEqual(
      expect.arrayContaining(["pdf", "web-research"]),
    );
    expect(registry.workflows().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "aegis_financial_summary_ppt",
        "load_test_paused",
        "load_test_quick",
        "web_research",
      ]),
    );
    expect(registry.proposals().map(({ meta }) => meta.id)).toEqual([
      "io.file.pdf_export",
      "io.presentation.layout.optimize",
      "io.presentation.media.multimodal",
      "io.presentation.pptx.render_template",
      "net.finance.yahoo",
      "net.search.google",
    ]);
    expect(registry.packs()).toBe(registry.packs());
  });

  test("no proposal can be asked for as a capability", () => {
    const registry = openShipped();
    for (const { meta } of registry.proposals())
      expect(() => registry.capability(meta.id)).toThrow(
        expect.objectContaining({ code: "PROPOSAL_NOT_EXECUTABLE" }),
      );
  });

  test("the load test pack has no risk profile; the research pack needs a browser that is not there", () => {
    const packs = new Map(
      openShipped()
        .packs()
        .map((loaded) => [loaded.spec.pack_id, loaded]),
    );
    expect(packs.get("pack.load.test")?.warnings).toEqual(
      expect.arrayContaining([expect.stringContaining("no risk_profile")]),
    );
    expect(packs.get("pack.web.research")).toMatchObject({
      isRunnable: false,
      risk: "MEDIUM",
      warnings: [
        expect.stringContaining("web.browser.navigate"),
        expect.stringContaining("web.browser.snapshot"),
      ],
    });
  });
});

const facade = (name: string, triggers: string) => facadeIn(name, name, triggers);
const facadeIn = (file: string, name: string, triggers: string) =>
  put(
    `specs/facades/${file}.yaml`,
    `name: ${name}\nversion: 1.0.0\ndescription: d\ntriggers: ${triggers}\nroutes: {primary: {type: pack, ref: p}}\n`,
  );

describe("matching an intent to facades", () => {
  test.for<[string, string[], string[]]>([
    ["Extract tables from PDF!", ["pdf", "tables"], []],
    ["please extract tables from pdf now", ["pdf", "tables"], []],
    ["帮我解析财报 PDF", ["pdf"], []],
    ["解析这份财报 PDF", ["pdf"], []],
    ["财报解析", [], []],
    ["browse", ["a-browser", "b-browser"], ["a-browser", "b-browser"]],
    ["pdf tables, extract them", ["tables", "pdf"], []],
    ["译 一下", ["short"], []],
    ["天气 查", ["weather"], []],
    ["天气 看看", [], []],
    ["请翻译这段", ["short"], []],
    ["run it now", ["a-last", "z-first"], ["a-last", "z-first"]],
    ["something else entirely", [], []],
    ["", [], []],
    ["!!!", [], []],
  ])("%j", ([intent, names, tied]) => {
    facade("pdf", '["extract tables from pdf", "解析财报 PDF"]');
    facade("tables", '["extract tables"]');
    facade("b-browser", '["Browse"]');
    facade("a-browser", '["browse", "surf"]');
    facade("short", '["译"]');
    facade("weather", '["查 天气"]');
    facadeIn("1", "z-first", '["run it now"]');
    facadeIn("2", "a-last", '["run it now"]');
    const found = open().matchFacades(intent);
    expect(found.matches.map((match) => match.facade.spec.name)).toEqual(names);
    expect(found.tied.map((match) => match.facade.spec.name)).toEqual(tied);
  });

  test("a word inside another word is no match", () => {
    facade("cat", '["cat"]');
    expect(open().matchFacades("concatenate files").matches).toEqual([]);
  });

  test("an example counts a little less than a trigger", () => {
    cpSync(findAssets({}).facades, join(root, "specs/facades"), { recursive: true });
    const [best] = open().matchFacades("Research https://example.com").matches;
    expect(best).toMatchObject({
      score: 0.9,
      phrase: "Research https://example.com",
      facade: { spec: { name: "web-research" } },
    });
  });
});
