import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Lock } from "../src/contract/governance-event.ts";
import { STDLIB } from "../src/contract/pack.ts";
import type { Principal } from "../src/contract/principal.ts";
import type { Home } from "../src/cli/io.ts";
import { combineRisks, deriveRisk } from "../src/governance/derive-risk.ts";
import { examine } from "../src/kernel/examine.ts";
import { install } from "../src/kernel/installed.ts";
import { packageVersion } from "../src/kernel/package-root.ts";
import { openHome } from "../src/installation.ts";

const SHIPPED = fileURLToPath(new URL("../assets/capabilities/validated/stdlib", import.meta.url));

/** An agent proposes, so that the person at this machine may approve. */
export const AGENT: Principal = { human: "ann", agent: "helper", session: "s", service: "test", scopes: [] };

/** Files of a directory that a pack or facade is proposed from. */
const PACK = `pack_id: pack.desk
name: desk
version: 1.0.0
description: Everything that a desk needs.
includes: { capabilities: [io.fs.write_file], workflows: [desk_flat] }
`;
const step = (name: string, more = "") =>
  `{ name: ${name}, capability_name: io.fs.write_file, inputs: { path: out/${name}.txt, content: x, create_dirs: true }${more} }`;
export const FLAT = `name: desk_flat
version: 1.0.0
description: Writes one file.
metadata: { owner: desk }
steps:
  - ${step("flat")}
`;
const FACADE = `name: desk
version: 1.0.0
description: Writes one file.
triggers: [write at the desk]
routes: { primary: { type: pack, ref: desk } }
`;

/** The capability is reached by every way that a workflow has. */
export const SHAPES: Readonly<Record<string, string>> = {
  "a step": `steps:\n  - ${step("plain", ", max_retries: 2")}`,
  "a sub-workflow": `steps:\n  - { name: sub, step_type: WORKFLOW, workflow: desk_flat }`,
  PARALLEL: `steps:\n  - name: both\n    step_type: PARALLEL\n    steps:\n      - ${step("left")}\n      - ${step("right")}`,
  foreach: `steps:\n  - { name: each, foreach: [a, b], capability_name: io.fs.write_file, inputs: { path: "{{ item }}.txt", content: x } }`,
  CONDITION: `steps:\n  - name: if\n    step_type: CONDITION\n    condition: "true"\n    then:\n      - ${step("inside")}`,
  "a retry": `steps:\n  - ${step("again", ", retry: { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 }")}`,
  "a compensation": `steps:\n  - { name: first, capability_name: test.out.send, compensation: { step_name: back, capability_name: io.fs.write_file, inputs: { path: back.txt, content: x } } }\n  - { name: fails, capability_name: io.fs.read_file, inputs: { path: missing.txt } }`,
  "a global compensation": `steps:\n  - { name: first, capability_name: test.out.touch }\n  - { name: fails, capability_name: io.fs.read_file, inputs: { path: missing.txt } }\nglobal_compensation_steps:\n  - { step_name: back, capability_name: io.fs.write_file, inputs: { path: back.txt, content: x } }`,
};

/** An installation whose standard library is frozen: only what the test itself proposes and approves can be reached. */
export class Site {
  readonly path: string;
  readonly env: Record<string, string>;

  constructor(path: string) {
    this.path = path;
    this.env = { AI_FIRST_HOME: join(path, "home"), AI_FIRST_ASSETS_DIR: join(path, "assets") };
  }

  get workspace(): string {
    return join(this.path, "workspace");
  }

  write(file: string, text: string): string {
    const path = join(this.path, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Adds one byte to a file: a letter in a comment or a description, whatever it is. */
  change(file: string, from: string, to: string): void {
    const path = join(this.path, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  }

  async with<Result>(work: (home: Home) => Promise<Result>): Promise<Result> {
    await using home = await openHome(this.env);
    return await work(home);
  }

  /** The same once more, to be spoilt. */
  copyTo(path: string): Site {
    for (const part of ["home", "assets", "pack", "facade.yaml"])
      cpSync(join(this.path, part), join(path, part), { recursive: true });
    for (const part of ["home", "home/keys", "home/keys/seal"])
      if (existsSync(join(path, part))) chmodSync(join(path, part), 0o700);
    return new Site(path);
  }
}

export async function openSite(path: string): Promise<Site> {
  const site = new Site(path);
  const stdlib = join(path, "assets/capabilities/validated/stdlib");
  for (const part of [
    stdlib,
    ...["capabilities/validated/external", "packs", "specs/facades"].map((each) =>
      join(path, "assets", each),
    ),
  ])
    mkdirSync(part, { recursive: true });
  for (const name of ["write_file", "read_file"])
    cpSync(join(SHIPPED, `io_fs_${name}.yaml`), join(stdlib, `io_fs_${name}.yaml`));
  site.write("pack/pack.yaml", PACK);
  site.write("pack/desk_flat.yaml", FLAT);
  site.write("facade.yaml", FACADE);
  await site.with(({ governance, principal }) =>
    governance.change(
      principal,
      { kind: "pack", name: STDLIB, version: packageVersion() },
      "FROZEN",
      "only what is approved here",
    ),
  );
  const reads = site.write(
    "reads.yaml",
    "{ pack_id: pack.reads, name: reads, version: 1.0.0, description: Reads., includes: { capabilities: [io.fs.read_file] } }",
  );
  await site.with((home) => makeActive(home, reads));
  return site;
}

/** A proposal as `airun propose` makes it; `locks` in place of what was found. */
export async function propose(home: Home, path: string, locks?: (found: readonly Lock[]) => Lock[]) {
  const { subject, source, held, hazards, content } = examine(home, path);
  return home.governance.propose(AGENT, {
    subject,
    source,
    risk: combineRisks(hazards.map(deriveRisk)).risk,
    ...held,
    locks: locks === undefined ? [...held.locks] : locks(held.locks),
    workflows: [...held.workflows],
    packs: held.packs === undefined ? undefined : [...held.packs],
    principals: held.principals === undefined ? undefined : [...held.principals],
    approvalRoles: held.approvalRoles === undefined ? undefined : [...held.approvalRoles],
    content,
    justification: "a test",
  });
}

/** Proposes, approves and activates what lies at a path. */
export async function makeActive(home: Home, path: string, locks?: (found: readonly Lock[]) => Lock[]) {
  const { id, subject } = await propose(home, path, locks);
  await home.governance.decide(home.principal, id, "approved", "");
  await home.governance.change(home.principal, subject, "ACTIVE", "", (content) =>
    install(home.installed, subject, (content as { files: Record<string, string> }).files),
  );
  return subject;
}

export async function makeAllActive(site: Site): Promise<void> {
  await site.with(async (home) => {
    await makeActive(home, join(site.path, "pack"));
    await makeActive(home, join(site.path, "facade.yaml"));
  });
}
