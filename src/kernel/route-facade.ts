import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { PackLock } from "../contract/governance-event.ts";
import type { FacadeSpec } from "../contract/pack.ts";
import { lookUp } from "./look-up.ts";
import type { LoadedPack } from "./packs.ts";
import type { Registry } from "./registry.ts";

type Routes = FacadeSpec["routes"];
type Known = Pick<Registry, "pack" | "packs" | "workflow">;

/** Packs that the routes of a facade lead to and that lie here: of a workflow every pack that includes it. */
export function packsOfRoutes(registry: Known, { primary, fallback }: Routes): LoadedPack[] {
  const packs = [primary, ...(fallback === undefined ? [] : [fallback])].flatMap(({ type, ref }) => {
    if (type === "workflow")
      return registry.packs().filter(({ spec }) => spec.includes.workflows.includes(ref));
    const result = lookUp(() => registry.pack(ref));
    return "found" in result ? [result.found] : [];
  });
  return [...new Set(packs)];
}

const hashes = new WeakMap<LoadedPack["spec"], string>();

/** What an approval of a facade holds a pack to. */
export function packLockOf({ spec }: LoadedPack): PackLock {
  let specHash = hashes.get(spec);
  if (specHash === undefined) hashes.set(spec, (specHash = digestOf(spec)));
  return { pack: spec.name, version: spec.version, specHash };
}

/**
 * The workflow that somebody means who asks a facade: the one that they name, else the one that the primary route leads
 * to, else that of the fallback.
 *
 * @throws SUBJECT_UNKNOWN where it leads to nothing here; WORKFLOW_UNKNOWN where it does not lead to what was named;
 * USAGE where it leads to several and none is named
 */
export function workflowOfFacade(registry: Known, { name, routes }: FacadeSpec, wanted: string): string {
  const options = [routes.primary, ...(routes.fallback === undefined ? [] : [routes.fallback])].map((route) =>
    workflowsOf(registry, route),
  );
  const all = [...new Set(options.flat())];
  if (wanted !== "") {
    if (all.includes(wanted)) return wanted;
    throw new RuntimeError(
      "WORKFLOW_UNKNOWN",
      `The facade ${name} does not lead to the workflow "${wanted.slice(0, 100)}"; it leads to ${all.join(", ") || "none"}.`,
    );
  }
  const first = options.find((workflows) => workflows.length > 0) ?? [];
  const [only] = first;
  if (only === undefined)
    throw new RuntimeError("SUBJECT_UNKNOWN", `What the facade ${name} leads to does not exist here.`);
  if (first.length > 1)
    throw new RuntimeError(
      "USAGE",
      `The facade ${name} leads to several workflows; name one: ${all.join(", ")}.`,
    );
  return only;
}

function workflowsOf(registry: Known, { type, ref }: Routes["primary"]): readonly string[] {
  const names = lookUp(() => (type === "workflow" ? [ref] : registry.pack(ref).spec.includes.workflows));
  if ("error" in names) return [];
  return names.found.filter((name) => "found" in lookUp(() => registry.workflow(name)));
}
