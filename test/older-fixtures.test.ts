import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { RuntimeError } from "../src/index.ts";
import { findAssets } from "../src/kernel/assets.ts";
import { createRegistry } from "../src/kernel/registry.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("contract:older-shapes");

const ASSETS = join(import.meta.dirname, "..", "assets");

/** SHA-256 of the older system's own files, byte for byte. */
const UNCHANGED: Readonly<Record<string, string>> = {
  "capabilities/validated/external/io_file_pdf_export.yaml":
    "d222863cb915ca15b68c4cda3975c87060d327cb3610567731f3aefdd60aa27a",
  "capabilities/validated/external/io_presentation_layout_optimize.yaml":
    "ccb91d7c3aa141cc5112efab5b89bbed177284263fa0810a4319677843c1cc5d",
  "capabilities/validated/external/io_presentation_media_multimodal.yaml":
    "546bf64d7578826b8d45633d70b9773d5052de1757e4d131a5aed484595dd57c",
  "capabilities/validated/external/io_presentation_pptx_render_template.yaml":
    "e1395456ff17ee5359b16618203bfba1508a4167d3225489e238664fe4713a44",
  "capabilities/validated/external/net_finance_yahoo.yaml":
    "c86b50d93b8a2b5de39adfd930cc920cf1a9567fe241684c9de367502008de05",
  "capabilities/validated/external/net_search_google.yaml":
    "bd277b8720b31837e8bf2545021a98317b8bd15aa1fa73c449b22cc0e8be256f",
  "packs/aegis-demo/aegis_financial_summary_ppt.yaml":
    "1f9857530bec765b0d375d682c01ac46f488ad458a20bb896a21491a782064ed",
  "packs/aegis-demo/pack.yaml": "59a83d01a1ec519d7656c5f20010ced70d8ec0e950eb35ec303ad5a6c17ac2cc",
  "packs/load-test/load_test_paused.yaml": "c702503d5115c1e697033f955a8f3cd0c34f4770d0cad0d98954c9dbf9f1a398",
  "packs/load-test/load_test_quick.yaml": "44f0669f560ba26e9dc74268efe36be5655e7f146ca7461e8789ed5ff13da38a",
  "packs/load-test/pack.yaml": "7eede8c81bb5f5afdd32bda3ccf07d20a4502f140e760762bd07f19f18be0b66",
  "packs/web-research/pack.yaml": "2f3445a78849a6b3caf11e451172031b32f914bc2457e160964e459d48a558cc",
  "packs/web-research/web_research.yaml": "aaba94bb0af20d25092d9ce61b5e7acfb6dc2ec8ba65966dacee1fcdeda2b329",
  "specs/facades/pdf.yaml": "6d311bd6424d8f52d8bf267babdd012a7a33e8b94a0b0f5dbfa332b597b08a40",
  "specs/facades/web-research.yaml": "e767aed5d5827fc18348a1796ebfdc46270e7a430eb1e1e74a76aae6ae717346",
};

test.for(Object.entries(UNCHANGED))("%s is the older system's own file", ([path, hash]) => {
  expect(
    createHash("sha256")
      .update(readFileSync(join(ASSETS, path)))
      .digest("hex"),
  ).toBe(hash);
});

describe("the older workflows run", () => {
  test("load_test_quick", async () => {
    using directory = scratch();
    await using runtime = await openIn(directory.path);
    const view = await runtime.run("load_test_quick", { inputs: { run_id: "r-1" } });
    expect(view).toMatchObject({ status: "COMPLETED", failure: null });
    const content = readFileSync(join(workspaceIn(directory.path), "out.txt"), "utf8");
    expect(content).toMatch(/^run_id=r-1\nts=\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)\n$/);
    expect(view.outputs["hash_file"]).toMatchObject({
      checksum_sha256: createHash("sha256").update(content).digest("hex"),
    });
    expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
  });

  test.for([
    ["approved", "COMPLETED", ["after_pause.txt", "before_pause.txt"]],
    ["rejected", "ROLLED_BACK", []],
  ] as const)("load_test_paused, %s by another process", async ([decision, status, files]) => {
    using directory = scratch();
    const run = await pauseIn(directory.path);
    await using runtime = await openIn(directory.path);
    const view = await runtime.decide(run, { decision, reason: "test" });
    expect(view.status).toBe(status);
    expect(snapshot(workspaceIn(directory.path)).map((line) => line.split(" ")[0])).toEqual(files);
  });

  test("the aegis demo, and its undo leaves nothing", async () => {
    using directory = scratch();
    await using runtime = await openIn(directory.path);
    const view = await runtime.run("aegis_financial_summary_ppt");
    expect(view).toMatchObject({ status: "COMPLETED", failure: null });
    const summary = readFileSync(join(workspaceIn(directory.path), "demo/summary.md"), "utf8");
    expect(summary).toContain("Source: demo/report.txt");
    expect(summary).not.toContain("{{");
    expect(readdirSync(join(workspaceIn(directory.path), "demo")).sort()).toEqual([
      "output.pptx",
      "report.txt",
      "summary.md",
    ]);
    await runtime.undo(view.run);
    expect(snapshot(workspaceIn(directory.path))).toEqual([]);
  });
});

async function pauseIn(directory: string): Promise<string> {
  await using runtime = await openIn(directory);
  const view = await runtime.run("load_test_paused", { inputs: { run_id: "p" } });
  expect(view.status).toBe("PAUSED");
  expect(readdirSync(workspaceIn(directory)).sort()).toEqual([".ai-first", "before_pause.txt"]);
  return view.run;
}

describe("the older specs load", () => {
  const registry = createRegistry({ assets: findAssets({}), handlers: {} });

  test("packs", () => {
    const older = registry.packs().filter(({ spec }) => spec.author !== "ai-first-runtime");
    const packs = older.map(({ spec, risk, isRunnable }) => [spec.name, risk, isRunnable]);
    expect(packs).toEqual([
      ["aegis-demo", "MEDIUM", true],
      ["load-test-pack", "MEDIUM", true],
      ["web-research-pack", "MEDIUM", false],
    ]);
    expect(older[1]?.warnings).toEqual([expect.stringContaining("no risk_profile")]);
  });

  test("facades, and an intent finds them", () => {
    const older = registry.facades().filter(({ spec }) => spec.metadata.owner !== "ai-first-runtime");
    expect(older.map(({ spec }) => spec.name)).toEqual(["pdf", "web-research"]);
    expect(registry.matchFacades("extract tables from pdf").matches[0]?.facade.spec.name).toBe("pdf");
  });

  test("workflows", () => {
    expect(registry.workflows().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "aegis_financial_summary_ppt",
        "load_test_paused",
        "load_test_quick",
        "web_research",
      ]),
    );
  });

  test("proposals, none of which can be run", async () => {
    const ids = registry.proposals().map(({ meta }) => meta.id);
    expect(ids.sort()).toEqual([
      "io.file.pdf_export",
      "io.presentation.layout.optimize",
      "io.presentation.media.multimodal",
      "io.presentation.pptx.render_template",
      "net.finance.yahoo",
      "net.search.google",
    ]);
    using directory = scratch();
    await using runtime = await openIn(directory.path);
    const { seq } = runtime.ledger.head();
    for (const id of ids) {
      expect(() => runtime.registry.capability(id)).toThrow(
        expect.objectContaining({ code: "PROPOSAL_NOT_EXECUTABLE" }),
      );
      await expect(runtime.run(id)).rejects.toThrow(RuntimeError);
      await expect(runtime.run(id)).rejects.toMatchObject({ code: "PROPOSAL_NOT_EXECUTABLE" });
    }
    expect(runtime.ledger.head().seq).toBe(seq);
  });
});
