import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

import { createRuntime } from "../src/index.ts";
import { makeAllActive, openSite, type Site } from "./red-line.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("governance:red-line");

const DRIVER = join(import.meta.dirname, "red-line-driver.ts");
const CALLS = 100;

async function openRace(path: string): Promise<Site> {
  const site = await openSite(path);
  site.change("pack/desk_flat.yaml", "steps:", "initial_state: { name: none }\nsteps:");
  site.change("pack/desk_flat.yaml", "path: out/flat.txt", 'path: "out/{{ name }}.txt"');
  await makeAllActive(site);
  return site;
}

function start(site: Site, ...args: readonly string[]) {
  const child = spawn(process.execPath, [DRIVER, site.path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return { child, next };
}

const freeze = (site: Site) =>
  site.with(async ({ governance, principal }) => {
    const subject = { kind: "facade", name: "desk", version: "1.0.0" } as const;
    await governance.change(principal, subject, "FROZEN", "revoked");
    return new Date().toISOString();
  });

const written = (site: Site) => {
  const names = readdirSync(site.workspace, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.startsWith("out/") && name.endsWith(".txt")).length;
};

test("a facade is revoked while a hundred calls are under way: what had begun ends, and nothing begins", async () => {
  using directory = scratch();
  const site = await openRace(directory.path);
  const { child, next } = start(site, String(CALLS));
  expect(await next()).toBe("under way");
  const revokedAt = await freeze(site);
  writeFileSync(join(site.path, "frozen"), "");
  const codes = JSON.parse(await next()) as string[];
  if (child.exitCode === null) await once(child, "exit");

  expect(codes).toHaveLength(3 * CALLS);
  expect([...new Set(codes)].filter((code) => code !== "COMPLETED" && code !== "NOT_ACTIVE")).toEqual([]);
  expect(codes).toContain("COMPLETED");
  expect(codes.slice(2 * CALLS)).toEqual(Array.from({ length: CALLS }, () => "NOT_ACTIVE"));
  expect(written(site)).toBe(codes.filter((code) => code === "COMPLETED").length);

  await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
  const withdrawn = new Set(
    [...runtime.ledger.entries({ types: ["undo-completed"] })].map(({ data }) => data.of),
  );
  const late = [...runtime.ledger.entries({ types: ["effect-intended"] })].filter(
    ({ at, seq }) => at > revokedAt && !withdrawn.has(seq),
  );
  expect(late).toEqual([]);
});

test("the facade is revoked while an intent is being committed: its effect does not start", async () => {
  using directory = scratch();
  const site = await openRace(directory.path);
  const { child, next } = start(site, "1", "held");
  expect(await next()).toBe("looked");
  await freeze(site);
  writeFileSync(join(site.path, "go"), "");
  expect(JSON.parse(await next())).toEqual(["NOT_ACTIVE"]);
  if (child.exitCode === null) await once(child, "exit");
  expect(written(site)).toBe(0);
  await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
  const types = [...runtime.ledger.entries()].map(({ type }) => type);
  expect(types).toContain("effect-intended");
  expect(types).toContain("undo-completed");
});
