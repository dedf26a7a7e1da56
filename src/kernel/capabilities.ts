import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";

import { CAPABILITY_ID, CapabilitySpec } from "../contract/capability.ts";
import { digestOf, sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Handler, HandlerCode, RunCode } from "../contract/handler.ts";
import type { Subject } from "../contract/governance-event.ts";
import { nearest } from "../contract/nearest.ts";
import { oncePerTurn } from "../contract/once-per-turn.ts";
import { EMBEDDED, type Standing } from "../contract/reach.ts";
import { checkSpec, specError } from "../contract/parse-spec.ts";
import type { Assets } from "./assets.ts";
import { listInstalled } from "./installed.ts";
import { checkContract, loadCapability, loadShippedCapability } from "./load-capability.ts";
import { lookUp } from "./look-up.ts";
import { NO_CODE, readPackDirectory } from "./pack-files.ts";
import { PACK_LOCK, verifyPack } from "./pack-lock.ts";
import { packageVersion } from "./package-root.ts";
import { listFiles, listSpecFiles, markOf } from "./spec-files.ts";
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
  /** The installed pack that it came with. */
  readonly pack?: Subject;
};

/** What came after the package, and how the chain stands to it. */
export type Additions = {
  readonly directory: string;
  readonly standing: Standing;
  /** Runs the code that packs brought; without it there is none. */
  readonly runCode?: RunCode;
  /** Calls the other side of a contract that names one; without it there is none. */
  readonly foreign?: () => Promise<Handler>;
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
export function openCapabilities(assets: Assets, handlers: Handlers, additions?: Additions): Capabilities {
  const registered = new Map<string, LoadedCapability>();
  const idOfName = new Map(Object.keys(handlers).map((id) => [nameOf(id), id]));
  const markOfPacks = oncePerTurn(() =>
    additions === undefined ? "" : markOf(join(additions.directory, "packs")),
  );
  let files: { readonly found: ReadonlyMap<string, readonly Version[]>; readonly mark: string } | undefined;
  const versions = (): ReadonlyMap<string, readonly Version[]> => {
    const mark = markOfPacks();
    if (files?.mark !== mark) files = { found: scan(assets, handlers, additions), mark };
    return files.found;
  };
  const ids = (): string[] => {
    const fromFiles = [...versions()].map(
      ([name, [first]]) => idOfName.get(name) ?? first?.load().spec.id ?? name,
    );
    return [...fromFiles, ...registered.keys()].sort();
  };

  const candidatesFor = (id: string): readonly Version[] => {
    const own = registered.get(id);
    if (own !== undefined) return [{ load: () => own }];
    const candidates = CAPABILITY_ID.test(id) ? (versions().get(nameOf(id)) ?? []) : [];
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
    return choose(id, candidates, range, additions?.standing);
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
function scan(
  assets: Assets,
  handlers: Handlers,
  additions: Additions | undefined,
): ReadonlyMap<string, readonly Version[]> {
  const found = new Map<string, Version[]>();
  for (const { path, stem } of listSpecFiles(assets.stdlib)) {
    const [name = "", version] = stem.split("@");
    let loaded: LoadedCapability | undefined;
    const load = (): LoadedCapability =>
      (loaded ??= loadFile(path, name, handlers, version, assets.isShipped));
    found.set(name, [...(found.get(name) ?? []), { load }]);
  }
  // An id of the package stays the package's, whatever a pack brings.
  const own = new Set(found.keys());
  if (additions === undefined) return found;
  for (const { subject, directory } of listInstalled(additions.directory, "pack"))
    for (const { path, stem } of listSpecFiles(join(directory, "capabilities"))) {
      const [name = ""] = stem.split("@");
      if (own.has(name)) continue;
      const version = { load: rememberInstalled(path, name, directory, subject, additions) };
      found.set(name, [...(found.get(name) ?? []), version]);
    }
  return found;
}

/** What a pack brought may change under a process that goes on: it is read again when it did. */
function rememberInstalled(
  path: string,
  name: string,
  directory: string,
  pack: Subject,
  additions: Additions,
): () => LoadedCapability {
  const code = listFiles(join(directory, "handlers")).find((file) => basename(file, extname(file)) === name);
  const mark = (): string =>
    [path, join(directory, PACK_LOCK), ...(code === undefined ? [] : [code])].map(markOf).join();
  let known: { readonly mark: string; readonly loaded: LoadedCapability } | undefined;
  return () => {
    const present = mark();
    if (known?.mark === present) return known.loaded;
    const spec = loadCapability(readFileSync(path, "utf8"), path);
    checkName(spec, name, path);
    const signature = lookUp(() => verifyPack(readPackDirectory(directory)));
    // What is run is what the digest was taken of, whatever becomes of the file.
    const brought = code === undefined ? undefined : { name: basename(code), bytes: readFileSync(code) };
    const codeHash = brought === undefined ? NO_CODE : sha256(brought.bytes);
    const handlerHash = "found" in signature ? codeHash : signature.error.message;
    const handler = brought === undefined ? called(spec, additions) : coded(additions, brought);
    const run = handler === undefined ? withoutCode(spec) : { handler, hasHandler: true };
    const loaded = { spec, specHash: digestOf(spec), handlerHash, origin: path, pack, ...run };
    known = { mark: present, loaded };
    return loaded;
  };
}

type Loader = LoadedCapability["handler"];

function coded({ runCode }: Additions, code: HandlerCode): Loader | undefined {
  return runCode && (() => runCode(code));
}

function called({ foreign }: CapabilitySpec, additions: Additions): Loader | undefined {
  return foreign && additions.foreign;
}

function withoutCode({ id }: CapabilitySpec): Pick<LoadedCapability, "handler" | "hasHandler"> {
  const message = `${id} has a contract, but this installation has no code for it.`;
  return {
    hasHandler: false,
    handler: () => Promise.reject(new RuntimeError("CAPABILITY_UNKNOWN", message)),
  };
}

function checkName(spec: CapabilitySpec, name: string, path: string): void {
  if (nameOf(spec.id) === name) return;
  throw specError({ file: path, locate: () => ({ line: 1, column: 1 }) }, [
    { path: ["id"], message: `${spec.id} does not belong in a file named ${name}` },
  ]);
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
  checkName(spec, name, path);
  if (version !== undefined && version !== spec.version)
    throw specError({ file: path, locate: () => ({ line: 1, column: 1 }) }, [
      { path: ["version"], message: `${spec.version} is not the ${version} of the file's name` },
    ]);
  const load = handlers[`${spec.id}@${spec.version}`] ?? handlers[spec.id];
  return {
    spec,
    specHash: digestOf(spec),
    handlerHash: `package ${packageVersion()}`,
    ...(load === undefined ? withoutCode(spec) : { handler: load, hasHandler: true }),
    origin: path,
  };
}

/** A version that an ACTIVE pack names goes before any other: a newer one that lies here has still to be approved. */
function choose(
  id: string,
  candidates: readonly Version[],
  range: string | undefined,
  standing: Standing | undefined,
): LoadedCapability {
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined && range === undefined) return only.load();
  const loaded = candidates.map(({ load }) => load());
  const inRange = loaded.filter(({ spec }) => range === undefined || satisfies(spec.version, range));
  const approved = inRange.filter(({ spec }) => standing?.isInActivePack(id, spec.version) === true);
  const eligible = approved.length > 0 ? approved : inRange;
  const releases = eligible.filter(({ spec }) => !spec.version.includes("-"));
  const [newest] = (releases.length > 0 ? releases : eligible).sort((a, b) =>
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
