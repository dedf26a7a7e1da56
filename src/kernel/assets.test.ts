import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { findAssets } from "./assets.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:registry");

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "assets-"))));
afterEach(() => rmSync(root, { recursive: true }));

function makeAssets(
  parts = ["capabilities/validated/stdlib", "capabilities/validated/external", "packs", "specs/facades"],
): void {
  for (const part of parts) mkdirSync(join(root, part), { recursive: true });
}

test.for([{}, { AI_FIRST_ASSETS_DIR: "", AI_FIRST_SPECS_DIR: "" }])(
  "without an override they come with the package: %j",
  (env) => {
    const assets = findAssets(env);
    expect(assets.stdlib).toBe(join(import.meta.dirname, "../../assets/capabilities/validated/stdlib"));
    expect(assets.workflows).toBe(join(import.meta.dirname, "../../assets/workflows"));
  },
);

test("the root of all assets can be replaced; workflows may be absent", () => {
  makeAssets();
  expect(findAssets({ AI_FIRST_ASSETS_DIR: root })).toEqual({
    stdlib: join(root, "capabilities/validated/stdlib"),
    external: join(root, "capabilities/validated/external"),
    packs: join(root, "packs"),
    facades: join(root, "specs/facades"),
    workflows: join(root, "workflows"),
    isShipped: false,
  });
});

test("the directory of specs goes before the root of all assets", () => {
  makeAssets();
  const specs = join(root, "mine");
  mkdirSync(specs);
  writeFileSync(join(specs, "a_b.yaml"), "");
  expect(findAssets({ AI_FIRST_ASSETS_DIR: root, AI_FIRST_SPECS_DIR: specs })).toMatchObject({
    stdlib: specs,
    packs: join(root, "packs"),
  });
  expect(findAssets({ AI_FIRST_SPECS_DIR: specs }).packs).toBe(findAssets({}).packs);
});

test("an incomplete override is refused, and everything that it lacks is named", () => {
  makeAssets(["packs", "capabilities/validated/stdlib"]);
  writeFileSync(join(root, "specs"), "a file");
  expect(() => findAssets({ AI_FIRST_ASSETS_DIR: root, AI_FIRST_SPECS_DIR: join(root, "nowhere") })).toThrow(
    expect.objectContaining({
      code: "ASSETS_INCOMPLETE",
      message: expect.stringContaining("AI_FIRST_SPECS_DIR, AI_FIRST_ASSETS_DIR: "),
      details: {
        lacking: [
          `${root} lacks capabilities/validated/external`,
          `${root} lacks specs/facades`,
          `${join(root, "nowhere")} holds no spec`,
        ],
      },
    }),
  );
});

test.for(["packs", "specs"])("a directory without a spec is not one of specs: %s", (name) => {
  makeAssets();
  if (name === "specs") writeFileSync(join(root, "specs", "readme.md"), "");
  expect(() => findAssets({ AI_FIRST_SPECS_DIR: join(root, name) })).toThrow(
    expect.objectContaining({ code: "ASSETS_INCOMPLETE" }),
  );
});
