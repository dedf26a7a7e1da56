import { resolve, sep } from "node:path";

import type { DecisionRequest } from "../../contract/decide.ts";
import { sorted } from "./policy-request.ts";

export type CallFacts = {
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly protected: readonly string[];
  /** Inputs that say two different things. */
  readonly conflicts: readonly string[];
};

/**
 * What a policy can know about the inputs of a call: computed from the canonical values, so that no policy has to
 * take a text apart. `ruleRoots` are directories of policies, specs and packs.
 */
export function factsOf(
  {
    capability,
    inputs,
    workspace,
    prefix,
  }: Pick<DecisionRequest, "capability" | "inputs" | "workspace" | "prefix">,
  ruleRoots: readonly string[],
): CallFacts {
  const paths = new Set<string>();
  const hosts = new Set<string>();
  for (const [name, value] of Object.entries(inputs)) {
    if (PATH_INPUT.test(name)) for (const text of textsIn(value)) paths.add(below(prefix, text));
    if (URL_INPUT.test(name)) for (const text of textsIn(value)) addHost(hosts, text);
  }
  const kinds =
    paths.size > 0 && capability.side_effects.some((effect) => WRITES.has(effect))
      ? [...paths].flatMap((path) => protectionOf(path, workspace, ruleRoots))
      : [];
  const { path, file_path } = inputs;
  const isTwofold = path !== undefined && file_path !== undefined && path !== file_path;
  return {
    paths: sorted(paths),
    hosts: sorted(hosts),
    protected: sorted(kinds),
    conflicts: isTwofold ? ["path and file_path differ"] : [],
  };
}

const PATH_INPUT = /(?:^|_)(?:paths?|files?|dir|directory|source|destination|target|root)$/;
const URL_INPUT = /(?:^|_)ur[li]s?$/;
const WRITES: ReadonlySet<string> = new Set(["filesystem_write", "filesystem_delete"]);

const PROTECTED_NAMES: readonly (readonly [kind: string, name: RegExp])[] = [
  ["git", /^\.git$/i],
  ["env", /^\.env(?:\..*)?$/i],
  ["runtime", /^\.ai-first$/i],
];

function protectionOf(path: string, workspace: string, ruleRoots: readonly string[]): string[] {
  const components = path.split("/");
  const byName = PROTECTED_NAMES.filter(([, name]) => components.some((component) => name.test(component)));
  const place = resolve(workspace, path);
  const isRule = ruleRoots.some((root) => isWithin(root, place) || isWithin(place, root));
  return [...byName.map(([kind]) => kind), ...(isRule ? ["policy"] : [])];
}

function isWithin(directory: string, place: string): boolean {
  return place === directory || place.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** The path as policies name it: below the workspace, wherever in it the run works. */
function below(prefix: readonly string[], path: string): string {
  const plain = path.replace(/^(?:\.\/)+/, "");
  return (plain === "." && prefix.length > 0 ? prefix : [...prefix, plain]).join("/");
}

function addHost(hosts: Set<string>, text: string): void {
  const url = URL.parse(text);
  if (url !== null && url.hostname !== "") hosts.add(url.hostname.toLowerCase());
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
