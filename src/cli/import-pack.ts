import { posix } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Derivation } from "../foreign/derived.ts";
import { packFilesOf } from "../foreign/write-pack.ts";
import { examinePack } from "../kernel/examine-pack.ts";
import { loadCapability } from "../kernel/load-capability.ts";
import { compareVersions } from "../kernel/version-range.ts";
import { proposeExamined } from "../operate/propose.ts";
import type { Home } from "./io.ts";
import type { Session } from "./session.ts";
import { showProposed } from "./show-proposed.ts";

/** An import as far as it got: what it is called, where it comes from, and what was derived. */
export type ImportResult = Derivation & {
  readonly name: string;
  readonly version: string;
  readonly from: string;
};

/** Proposes a pack of what was derived; without a reason, only compares it with the ACTIVE one. */
export async function proposeImport(
  session: Session,
  home: Home,
  found: ImportResult,
  reason: string | null,
): Promise<number> {
  if (reason === null) return compare(session, home, found);
  const { name, version, from, tools, refused } = found;
  const files = packFilesOf({ name, version, description: `Imported from ${from}.`, tools });
  const examined = examinePack(home, name, files);
  const imported = {
    from,
    tools: tools.map(({ spec, name: called, notes, claims }) => ({
      capability: spec.id,
      name: called,
      notes,
      claims,
    })),
    refused,
  };
  const content = { ...examined.content, imported };
  const given = { ...examined, source: "third_party", content } as const;
  showProposed(session, home, await proposeExamined(home, home.principal, given, name, reason));
  return 0;
}

/** What `--version` says, else the version after the newest of that name. */
export function importVersion({ text }: Session, { governance }: Home, name: string): string {
  const given = text("version");
  if (given !== undefined) return given;
  const { governed, proposals } = governance.state();
  const versions = [...governed.values(), ...proposals.values()]
    .filter(({ subject }) => subject.kind === "pack" && subject.name === name)
    .map(({ subject }) => subject.version)
    .sort(compareVersions);
  const [major = "1", minor = "-1"] = versions.at(-1)?.split(".") ?? [];
  return `${major}.${Number(minor) + 1}.0`;
}

/** @throws INPUT_INVALID for a name that cannot be the first part of an id, or is that of a part of the package */
export function importName(session: Session, home: Home): string {
  const name = session.args[0] ?? "";
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name))
    throw new RuntimeError(
      "INPUT_INVALID",
      `"${name.slice(0, 40)}" is no name for an import; it has up to 32 small letters, digits and _.`,
    );
  const own = home.registry
    .capabilities()
    .find(({ spec, pack }) => pack === undefined && spec.id.startsWith(`${name}.`));
  if (own !== undefined)
    throw new RuntimeError("INPUT_INVALID", `The name ${name} belongs to the package (${own.spec.id}).`);
  return name;
}

type Difference = { readonly capability: string; readonly change: "new" | "gone" | "changed" };

function compare(session: Session, home: Home, { name, tools, refused }: ImportResult): number {
  const active = [...home.governance.state().governed.values()].find(
    ({ subject, lifecycle }) => subject.kind === "pack" && subject.name === name && lifecycle === "ACTIVE",
  );
  if (active === undefined)
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `No pack ${name} is ACTIVE, so there is nothing to compare with.`,
    );
  const approved = new Map(
    active.locks.map(
      ({ capability, version }) =>
        [capability, asCompared(home.registry.capability(`${capability}@${version}`).spec)] as const,
    ),
  );
  const present = new Map(
    tools.length === 0
      ? []
      : Object.entries(packFilesOf({ name, version: active.subject.version, description: name, tools }))
          .filter(([path]) => path.startsWith("capabilities/"))
          .map(([path, text]) => loadCapability(text, posix.join(name, path)))
          .map((spec) => [spec.id, asCompared(spec)] as const),
  );
  const differences: Difference[] = [...new Set([...approved.keys(), ...present.keys()])].flatMap(
    (capability): Difference[] => {
      const [before, after] = [approved.get(capability), present.get(capability)];
      if (before === after) return [];
      return [
        { capability, change: before === undefined ? "new" : after === undefined ? "gone" : "changed" },
      ];
    },
  );
  const { version } = active.subject;
  session.emit({ name, version, differences, refused }, () =>
    differences.length === 0
      ? [`${session.style.colors.green("✓")} ${name}@${version} is as it was approved`]
      : [
          `${session.style.colors.yellow("!")} ${name}@${version} is not what the other side describes now; what was approved is what is called`,
          ...differences.map(({ capability, change }) => `  ${change.padEnd(8)} ${capability}`),
        ],
  );
  return differences.some(({ change }) => change !== "new") ? 1 : 0;
}

/** The version is the pack's, and says nothing about the other side. */
function asCompared(spec: ReturnType<typeof loadCapability>): string {
  return digestOf({ ...spec, version: undefined });
}
