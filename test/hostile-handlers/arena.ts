import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createRuntime } from "../../src/index.ts";
import { openHome } from "../../src/installation.ts";
import { verifyIn } from "../installation.ts";
import { snapshot } from "../snapshot.ts";
import { activateHandler, activateTool } from "./activate.ts";
import { openCanaries, SECRET } from "./canaries.ts";
import type { Canary, HostileHandler } from "./hostile-handler.ts";
import type { HostileTool } from "./tools.ts";

export type Hostile = HostileHandler | HostileTool;

export type Seen = {
  readonly ends: string;
  readonly isSuspended: boolean;
  /** Everything that must not be; empty where all is well. */
  readonly wrong: readonly string[];
};

export type Arena = Disposable & {
  readonly canary: Canary;
  /** Proposes, approves and activates the handler or tool, runs it, and looks from outside at what it did. */
  readonly run: (hostile: Hostile) => Promise<Seen>;
  /** What of the canaries was reached or changed. */
  readonly disturbed: () => readonly string[];
};

// Each pack makes an installation slower to open.
const CASES_IN_A_HOME = 10;

/** Installations and workspaces with canaries around them. */
export async function openArena(path: string): Promise<Arena> {
  const canaries = await openCanaries(path);
  let cases = 0;
  return {
    canary: canaries.canary,
    disturbed: canaries.disturbed,
    async run(hostile) {
      const number = ++cases;
      const site = join(path, `case-${number}`);
      const env = { AI_FIRST_HOME: join(path, `home-${Math.ceil(number / CASES_IN_A_HOME)}`) };
      const workspace = fill(join(site, "workspace"), canaries.canary.directory);
      // A program gets a copy of all files, and none of a directory with a file that lies outside too.
      if (!("act" in hostile))
        linkSync(join(canaries.canary.directory, "secret.txt"), join(workspace, "hard.txt"));
      const { pack, target } = await ("act" in hostile
        ? activateTool(env, site, number, hostile)
        : activateHandler(env, site, number, hostile));
      const earlier = snapshot(workspace, { times: true });
      await using runtime = await createRuntime({ workspace, env });
      const view = await runtime.run(target);
      const failure = view.failure ?? view.steps.find((step) => step.failure !== null)?.failure;
      const wrong: string[] = [...canaries.disturbed()];
      const text = JSON.stringify([view, [...runtime.ledger.entries({ run: view.run })]]);
      if (text.includes(SECRET)) wrong.push("a secret came out");
      const mayChange = view.status === "COMPLETED" && isWriter(hostile);
      if (!mayChange && !same(earlier, snapshot(workspace, { times: true })))
        wrong.push("the workspace is changed");
      await using home = await openHome(env);
      const suspension = home.governance.state().governed.get(`pack ${pack}@1.0.0`)?.suspension;
      const ends = view.status === "COMPLETED" ? "completed" : String(failure?.code);
      const cause = ends === "DRIFTED" ? "drift" : "undeclared-effect";
      if (suspension !== undefined && suspension.cause !== cause) wrong.push(suspension.cause);
      await runtime.close();
      if (!verifyIn(site).ok) wrong.push("the ledger is not whole");
      return { ends, isSuspended: suspension !== undefined, wrong };
    },
    [Symbol.dispose]: () => canaries[Symbol.dispose](),
  };
}

function isWriter(hostile: Hostile): boolean {
  return "act" in hostile ? hostile.files === "write" : hostile.effects.includes("filesystem_write");
}

function fill(workspace: string, outside: string): string {
  mkdirSync(join(workspace, "sub"), { recursive: true });
  for (const name of ["a.txt", "b.txt", "sub/c.txt"])
    writeFileSync(join(workspace, name), `${name} as it was`);
  symlinkSync(join(outside, "secret.txt"), join(workspace, "link.txt"));
  symlinkSync(outside, join(workspace, "linked"));
  symlinkSync("loop", join(workspace, "loop"));
  return workspace;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join("\n") === other.join("\n");
}
