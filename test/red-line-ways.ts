import { cpSync } from "node:fs";
import { join } from "node:path";

import type { ErrorCode } from "../src/contract/errors.ts";
import type { Lock, Subject } from "../src/contract/governance-event.ts";
import { makeActive, makeAllActive, propose, type Site } from "./red-line.ts";

export type Target = "capability" | "workflow" | "file" | "facade";

export type Way = {
  readonly name: string;
  readonly code: ErrorCode;
  /** What it closes. */
  readonly closes: readonly Target[];
  readonly arrange: (site: Site) => Promise<void>;
};

const PACK: Subject = { kind: "pack", name: "desk", version: "1.0.0" };
const FACADE: Subject = { kind: "facade", name: "desk", version: "1.0.0" };
const EVERYTHING = ["capability", "workflow", "file", "facade"] as const;
/** Seen from the site. */
export const WRITE_FILE = "assets/capabilities/validated/stdlib/io_fs_write_file.yaml";
const INSTALLED_PACK = "home/installed/packs/desk@1.0.0";

const move = (subject: Subject, to: "FROZEN" | "DEPRECATED") => async (site: Site) => {
  await makeAllActive(site);
  await site.with(({ governance, principal }) => governance.change(principal, subject, to, ""));
};
const suspend = (subject: Subject) => async (site: Site) => {
  await makeAllActive(site);
  await site.with(({ ledger, principal }) =>
    ledger.append(principal, {
      type: "subject-suspended",
      data: { subject, cause: "undeclared-effect", detail: "It did more than it declared." },
    }),
  );
};
const asOfOlderPackage = (found: readonly Lock[]) =>
  found.map((lock) => ({ ...lock, handlerHash: "package 0.0.1" }));
const spoil = (file: string, from: string, to: string) => async (site: Site) => {
  await makeAllActive(site);
  site.change(file, from, to);
};

export const WAYS: readonly Way[] = [
  { name: "never proposed", code: "NOT_ACTIVE", closes: ["capability", "file"], arrange: async () => {} },
  {
    name: "only proposed",
    code: "NOT_ACTIVE",
    closes: ["capability", "file"],
    arrange: (site) => site.with(async (home) => void (await propose(home, join(site.path, "pack")))),
  },
  {
    name: "rejected",
    code: "NOT_ACTIVE",
    closes: ["capability", "file"],
    arrange: (site) =>
      site.with(async (home) => {
        const { id } = await propose(home, join(site.path, "pack"));
        await home.governance.decide(home.principal, id, "rejected", "no");
      }),
  },
  {
    name: "approved, and not made ACTIVE",
    code: "NOT_ACTIVE",
    closes: ["capability", "file"],
    arrange: (site) =>
      site.with(async (home) => {
        const { id } = await propose(home, join(site.path, "pack"));
        await home.governance.decide(home.principal, id, "approved", "");
      }),
  },
  { name: "frozen", code: "NOT_ACTIVE", closes: EVERYTHING, arrange: move(PACK, "FROZEN") },
  { name: "deprecated", code: "NOT_ACTIVE", closes: EVERYTHING, arrange: move(PACK, "DEPRECATED") },
  { name: "suspended", code: "SUSPENDED", closes: EVERYTHING, arrange: suspend(PACK) },
  {
    name: "one byte of the spec",
    code: "DRIFTED",
    closes: EVERYTHING,
    arrange: spoil(WRITE_FILE, "Writes a text file;", "Writes a text file;;"),
  },
  {
    name: "another handler",
    code: "DRIFTED",
    closes: EVERYTHING,
    arrange: (site) =>
      site.with(async (home) => {
        await makeActive(home, join(site.path, "pack"), asOfOlderPackage);
        await makeActive(home, join(site.path, "facade.yaml"));
      }),
  },
  {
    name: "one byte of the workflow",
    code: "DRIFTED",
    closes: ["workflow", "facade"],
    arrange: spoil(`${INSTALLED_PACK}/desk_flat.yaml`, "content: x", "content: y"),
  },
  {
    name: "another principal's",
    code: "NOT_AUTHORIZED",
    closes: EVERYTHING,
    arrange: async (site) => {
      site.change(
        "pack/pack.yaml",
        "includes:",
        "governance: { principals: [human:nobody-here, agent:*] }\nincludes:",
      );
      await makeAllActive(site);
    },
  },
  {
    name: "its facade never made ACTIVE",
    code: "NOT_ACTIVE",
    closes: ["facade"],
    arrange: (site) =>
      site.with(async (home) => {
        await makeActive(home, join(site.path, "pack"));
        cpSync(join(site.path, "facade.yaml"), join(site.path, "assets/specs/facades/desk.yaml"));
      }),
  },
  { name: "its facade frozen", code: "NOT_ACTIVE", closes: ["facade"], arrange: move(FACADE, "FROZEN") },
  {
    name: "its facade deprecated",
    code: "NOT_ACTIVE",
    closes: ["facade"],
    arrange: move(FACADE, "DEPRECATED"),
  },
  { name: "its facade suspended", code: "SUSPENDED", closes: ["facade"], arrange: suspend(FACADE) },
  {
    name: "one byte of the facade",
    code: "DRIFTED",
    closes: ["facade"],
    arrange: spoil("home/installed/facades/desk@1.0.0/facade.yaml", "one file.", "a file."),
  },
  {
    name: "one byte of the pack's spec",
    code: "DRIFTED",
    closes: ["facade"],
    arrange: spoil(`${INSTALLED_PACK}/pack.yaml`, "a desk needs.", "the desk needs."),
  },
  {
    name: "its facade for another environment",
    code: "NOT_ACTIVE",
    closes: ["facade"],
    arrange: async (site) => {
      site.change("facade.yaml", "routes:", "constraints: { supported_environments: [prod] }\nroutes:");
      await makeAllActive(site);
    },
  },
];
