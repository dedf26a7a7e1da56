import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { scratch } from "../../scratch.ts";
import type { Revision } from "../site.ts";

const Checks = z.array(
  z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
);
const Requirements = z.looseObject({ server: z.array(z.string()) });

export type Outcome = {
  readonly scenario: string;
  /** How many of its checks passed, and what became of the others. */
  readonly passed: number;
  readonly failed: readonly string[];
};

const SUITE = dirname(
  createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"),
);

/** The scenarios that a revision requires of servers, as the suite froze them. */
export function requiredOf(revision: Revision): readonly string[] {
  return Requirements.parse(parse(readFileSync(join(SUITE, `requirements/${revision}.yaml`), "utf8"))).server;
}

/** Lets the suite judge a server, without a list of failures that are expected. */
export async function runSuite(url: string, ...options: readonly string[]): Promise<readonly Outcome[]> {
  using results = scratch();
  const args = [join(SUITE, "dist/index.js"), "server", "--url", url, "-o", results.path, ...options];
  const child = spawn(process.execPath, args, { cwd: results.path, stdio: "ignore" });
  await once(child, "exit");
  return readdirSync(results.path).map((name) => {
    const [, scenario = name] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name) ?? [];
    const checks = Checks.parse(JSON.parse(readFileSync(join(results.path, name, "checks.json"), "utf8")));
    return {
      scenario,
      passed: checks.filter(({ status }) => status === "SUCCESS").length,
      failed: checks
        .filter(({ status }) => status === "FAILURE")
        .map(({ id, errorMessage }) => `${id}: ${errorMessage}`),
    };
  });
}
