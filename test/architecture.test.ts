import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { expect, test } from "vitest";
import { verifies } from "./requirements.ts";

verifies("house:order");

const SRC = resolve(import.meta.dirname, "../src");

/** What each folder of `src` may import besides itself; `.` is the composition root and the doors. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ".": [
    "contract",
    "ledger",
    "workspace",
    "sandbox",
    "skills",
    "foreign",
    "kernel",
    "governance",
    "workflow",
    "operate",
    "aegis",
    "bridge",
    "mcp",
    "control",
    "cli",
  ],
  cli: [
    "aegis",
    "bridge",
    "mcp",
    "operate",
    "workflow",
    "kernel",
    "governance",
    "foreign",
    "ledger",
    "workspace",
    "sandbox",
    "contract",
  ],
  aegis: ["workflow", "kernel", "governance", "ledger", "workspace", "contract"],
  mcp: ["operate", "workflow", "kernel", "governance", "ledger", "workspace", "contract"],
  bridge: ["workflow", "kernel", "governance", "ledger", "workspace", "contract"],
  control: ["aegis", "operate", "workflow", "kernel", "governance", "ledger", "workspace", "contract"],
  console: ["contract"],
  operate: ["workflow", "kernel", "governance", "ledger", "workspace", "contract"],
  workflow: ["kernel", "ledger", "workspace", "contract"],
  kernel: ["ledger", "workspace", "contract"],
  governance: ["ledger", "workspace", "contract"],
  foreign: ["sandbox", "contract"],
  ledger: ["contract"],
  workspace: ["contract"],
  sandbox: ["contract"],
  skills: ["contract"],
  contract: [],
};

const MAX_LINES = 400;

type Import = { readonly file: string; readonly from: string; readonly to: string };

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
const production = files.filter((name) => !name.endsWith(".test.ts"));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map(
    ([, target = ""]) => target,
  );
  return targets.map((target) => ({
    file,
    from: folderOf(file),
    to: folderOf(relative(SRC, resolve(SRC, dirname(file), target))),
  }));
}

function folderOf(file: string): string {
  const [first = ""] = file.split("/");
  return file.includes("/") ? first : ".";
}

test("every folder imports only what lies below it", () => {
  const found = production.flatMap(importsOf);
  expect(found.length).toBeGreaterThan(300);
  const wrong = found.filter(({ from, to }) => from !== to && MAY_IMPORT[from]?.includes(to) !== true);
  expect(wrong).toEqual([]);
});

test("the console takes nothing but types and what runs in a browser from elsewhere", () => {
  const runsAnywhere = /\/contract\/(json|visible)\.ts$/;
  const wrong = production
    .filter((file) => file.startsWith("console/"))
    .flatMap((file) => {
      const text = readFileSync(join(SRC, file), "utf8");
      return [...text.matchAll(/^import (?!type )[^;]*from "([^"]+)"/gms)].map(([, from = ""]) => ({
        file,
        from,
      }));
    })
    .filter(({ from }) => /^node:|\/contract\//.test(from) && !runsAnywhere.test(from));
  expect(wrong).toEqual([]);
});

test("handlers touch the world through their context alone", () => {
  const own = /from "node:(fs|http|https|net|dns|tls|child_process|sqlite)(\/promises)?"/;
  const wrong = production.filter(
    (file) => file.startsWith("skills/") && own.test(readFileSync(join(SRC, file), "utf8")),
  );
  expect(wrong).toEqual([]);
});

test("no file is longer than a reader can hold", () => {
  const long = files.filter((file) => readFileSync(join(SRC, file), "utf8").split("\n").length > MAX_LINES);
  expect(long).toEqual([]);
});

test("there are no drawers", () => {
  const drawers = files.filter((file) =>
    /(^|\/)(utils?|helpers?|shared|common|lib|misc)(\/|\.ts$)/.test(file),
  );
  expect(drawers).toEqual([]);
});
