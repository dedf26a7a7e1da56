import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { openConsole } from "../../src/control/console-files.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";

verifies("console:closed");

// What a checkout has, with a build that can be seen: it counts itself.
const BUILD = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
const out = new URL("../dist/console/", import.meta.url);
const source = readFileSync(new URL("../src/console/main.tsx", import.meta.url), "utf8");
if (source === "broken") throw new Error("it does not build");
mkdirSync(new URL("assets/", out), { recursive: true });
writeFileSync(new URL("assets/a.js", out), source);
writeFileSync(new URL("index.html", out), "page of " + source);
`;

function put(root: string, path: string, text: string, secondsFromNow = -60): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  const at = Date.now() / 1000 + secondsFromNow;
  utimesSync(full, at, at);
}

function checkout(root: string): void {
  put(root, "package-lock.json", "{}");
  put(root, "scripts/build-console.ts", BUILD);
  put(root, "src/console/main.tsx", "first");
  put(root, "src/contract/json.ts", "");
}

const pageIn = (files: ReadonlyMap<string, Uint8Array>): string =>
  Buffer.from(files.get("index.html") ?? []).toString();

test("a checkout builds the console when somebody asks, once, and again when a source is newer", async () => {
  using directory = scratch();
  const root = directory.path;
  checkout(root);
  const read = openConsole(root);
  const [one, two] = await Promise.all([read(), read()]);
  expect([pageIn(one), pageIn(two)]).toEqual(["page of first", "page of first"]);
  expect([...one.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(["assets/a.js", "index.html"]);
  expect(await read()).toBe(await read());

  put(root, "src/console/main.tsx", "second", 1);
  expect(pageIn(await read())).toBe("page of second");
});

test("a console that does not build is a fault, and the next one who asks gets it once it does", async () => {
  using directory = scratch();
  const root = directory.path;
  checkout(root);
  put(root, "src/console/main.tsx", "broken");
  const read = openConsole(root);
  await expect(read()).rejects.toMatchObject({ code: "INTERNAL" });
  put(root, "src/console/main.tsx", "mended");
  expect(pageIn(await read())).toBe("page of mended");
});

test("a published package builds nothing: it has the console, or says that it has none", async () => {
  using directory = scratch();
  const root = directory.path;
  const read = openConsole(root);
  await expect(read()).rejects.toThrow("no web console");
  put(root, "dist/console/index.html", "built");
  expect(pageIn(await read())).toBe("built");
  expect(readFileSync(join(root, "dist/console/index.html"), "utf8")).toBe("built");
});
