import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";

import { REQUIREMENTS, verifies } from "./requirements.ts";

verifies("house:order");

const ROOT = resolve(import.meta.dirname, "..");
const testFiles = ["src", "test"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(test|prove)\.ts$/.test(name))
    .map((name) => join(folder, name)),
);

function idsIn(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const calls = [...text.matchAll(/^verifies\(([^)]*)\);$/gm)].map(([, list = ""]) => list);
  return calls.flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map(([, id = ""]) => id));
}

test("every promise is verified by a test", () => {
  const verified = new Set(testFiles.flatMap(idsIn));
  expect(Object.keys(REQUIREMENTS).filter((id) => !verified.has(id))).toEqual([]);
});

test("every test file says which promise it verifies", () => {
  expect(testFiles.length).toBeGreaterThan(100);
  expect(testFiles.filter((file) => idsIn(file).length === 0)).toEqual([]);
});
