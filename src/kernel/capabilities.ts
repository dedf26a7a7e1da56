import { readFileSync } from "node:fs";

import { CapabilityId, CapabilitySpec } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Handler } from "../contract/handler.ts";
import { nearest } from "../contract/nearest.ts";
import { EMBEDDED } from "../contract/reach.ts";
import { checkSpec, specError } from "../contract/parse-spec.ts";
import type { Assets } from "./assets.ts";
import { checkContract, loadCapability, loadShippedCapability } from "./load-capability.ts";
import { packageVersion } from "./package-root.ts";
import { listSpecFiles } from "./spec-files.ts";
import { compareVersions, satisfies } from "./version-range.ts";

export type LoadedCapability = {
  readonly spec: CapabilitySpec;
  /** SHA-256 of the canonical JSON of the spec. */
  readonly specHash: string;
  /** Which code it is: for the package's own the package with its version, for code that registered it `embedded`. */
  readonly handlerHash: string;
  /** Loads the code. @throws CAPABILITY_UNKNOWN where this installation has none for it */
  readonly handler: () => Promise<Handler>;
  readonly hasHandler: boolean;
  /** The spec file, or `registered` for a capability defined in code. */
  readonly origin: string;
};

export type Handlers = Readonly<Record<string, () => Promise<Handler>>>;

/** A capability defined in code. */
export type RegisteredCapability = { readonly spec: unknown; readonly handler: Handler };

export type Capabilities = {
  /** `id` or `id@range`; without a range the newest release. @throws CAPABILITY_UNKNOWN, PROPOSAL_NOT_EXECUTABLE, SPEC_INVALID */
  readonly get: (reference: string) => LoadedCapability;
  /** Every version, by id, newest first. @throws SPEC_INVALID */
  readonly all: () => LoadedCapability[];
  /** Every id; reads only the specs that have no code. */
  readonly ids: () => string[];
  /** @throws ALREADY_EXISTS for an id that is taken; SPEC_INVALID */
  readonly register: (capability: RegisteredCapability) => LoadedCapability;
};

type Version = { readonly load: () => LoadedCapability };

/** The capabilities of a directory of specs and those defined in code. A spec is read when it is first asked for. */
export function openCapabilities(assets: Assets, handlers: Handlers): Capabilities {
  const registered = new Map<string, LoadedCapability>();
  const idOfName = new Map(Object.keys(handlers).map((id) => [nameOf(id), id]));
  let files: ReadonlyMap<string, readonly Version[]> | undefined;
  const versions = (): ReadonlyMap<string, readonly Version[]> => (files ??= scan(assets, handlers));
  const ids = (): string[] => {
    const fromFiles = [...versions()].map(
      ([name, [first]]) => idOfName.get(name) ?? first?.load().spec.id ?? name,
    );
    return [...fromFiles, ...registered.keys()].sort();
  };

  const candidatesFor = (id: string): readonly Version[] => {
    const own = registered.get(id);
    if (own !== undefined) return [{ load: () => own }];
    const candidates = CapabilityId.safeParse(id).success ? (versions().get(nameOf(id)) ?? []) : [];
    // Another id may have the same file name, because `_` may also stand for itself.
    return candidates[0]?.load().spec.id === id ? candidates : [];
  };

  const unknown = (id: string): RuntimeError => {
    if (listSpecFiles(assets.external).some(({ stem }) => stem === nameOf(id)))
      return new RuntimeError("PROPOSAL_NOT_EXECUTABLE", `${id} is only a proposal.`);
    const near = nearest(nameOf(id), [...versions().keys(), ...[...registered.keys()].map(nameOf)]);
    const meant = near === undefined ? undefined : ids().find((known) => nameOf(known) === near);
    return new RuntimeError(
      "CAPABILITY_UNKNOWN",
      `There is no capability "${id.slice(0, 100)}"${meant === undefined ? "." : `; did you mean "${meant}"?`}`,
    );
  };

  const get = (reference: string): LoadedCapability => {
    const at = reference.indexOf("@");
    const [id, range] =
      at === -1 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 1)];
    const candidates = candidatesFor(id);
    if (candidates.length === 0) throw unknown(id);
    return choose(id, candidates, range);
  };

  return {
    get,
    ids,
    all: () =>
      ids().flatMap((id) => {
        const loaded = candidatesFor(id).map(({ load }) => load());
        return loaded.sort((a, b) => compareVersions(b.spec.version, a.spec.version));
      }),
    register({ spec: draft, handler }) {
      const source = { file: "registered capability", value: draft, locate: () => ({ line: 1, column: 1 }) };
      const spec = checkSpec(source, CapabilitySpec);
      checkContract(spec, source);
      if (versions().has(nameOf(spec.id)) || registered.has(spec.id))
        throw new RuntimeError("ALREADY_EXISTS", `The capability id ${spec.id} is taken.`);
      const loaded: LoadedCapability = {
        spec,
        specHash: digestOf(spec),
        handler: () => Promise.resolve(handler),
        handlerHash: EMBEDDED,
        hasHandler: true,
        origin: "registered",
      };
      registered.set(spec.id, loaded);
      return loaded;
    },
  };
}

/**
 * Versions by file name: `io_fs_read_file.yaml` holds one version of `io.fs.read_file`, and
 * `io_fs_read_file@1.2.0.yaml` another one.
 */
function scan(assets: Assets, handlers: Handlers): ReadonlyMap<string, readonly Version[]> {
  const found = new Map<string, Version[]>();
  for (const { path, stem } of listSpecFiles(assets.stdlib)) {
    const [name = "", version] = stem.split("@");
    let loaded: LoadedCapability | undefined;
    const load = (): LoadedCapability =>
      (loaded ??= loadFile(path, name, handlers, version, assets.isShipped));
    found.set(name, [...(found.get(name) ?? []), { load }]);
  }
  return found;
}

function loadFile(
  path: string,
  name: string,
  handlers: Handlers,
  version: string | undefined,
  isShipped: boolean,
): LoadedCapability {
  const text = readFileSync(path, "utf8");
  const spec = isShipped ? loadShippedCapability(text, path) : loadCapability(text, path);
  const source = { file: path, locate: () => ({ line: 1, column: 1 }) };
  if (nameOf(spec.id) !== name)
    throw specError(source, [
      { path: ["id"], message: `${spec.id} does not belong in a file named ${name}` },
    ]);
  if (version !== undefined && version !== spec.version)
    throw specError(source, [
      { path: ["version"], message: `${spec.version} is not the ${version} of the file's name` },
    ]);
  const load = handlers[`${spec.id}@${spec.version}`] ?? handlers[spec.id];
  const handler =
    load ??
    (() =>
      Promise.reject(
        new RuntimeError(
          "CAPABILITY_UNKNOWN",
          `${spec.id} has a contract, but this installation has no code for it.`,
        ),
      ));
  return {
    spec,
    specHash: digestOf(spec),
    handlerHash: `package ${packageVersion()}`,
    handler,
    hasHandler: load !== undefined,
    origin: path,
  };
}

function choose(id: string, candidates: readonly Version[], range: string | undefined): LoadedCapability {
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined && range === undefined) return only.load();
  const loaded = candidates.map(({ load }) => load());
  const inRange = loaded.filter(({ spec }) => range === undefined || satisfies(spec.version, range));
  const releases = inRange.filter(({ spec }) => !spec.version.includes("-"));
  const [newest] = (releases.length > 0 ? releases : inRange).sort((a, b) =>
    compareVersions(b.spec.version, a.spec.version),
  );
  if (newest !== undefined) return newest;
  const there = loaded.map(({ spec }) => spec.version).join(", ");
  throw new RuntimeError(
    "CAPABILITY_UNKNOWN",
    `No version of ${id} is in the range ${range}; there is ${there}.`,
  );
}

function nameOf(id: string): string {
  return id.replaceAll(".", "_");
}
