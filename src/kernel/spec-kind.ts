import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { SpecSource } from "../contract/parse-spec.ts";

export type SpecKind = "workflow" | "capability" | "pack" | "facade" | "proposal";

/** What a spec file describes, by the fields that it has. @throws SPEC_INVALID */
export function kindOfSpec({ value, file }: Pick<SpecSource, "value" | "file">): SpecKind {
  const has = (field: string) => isObject(value) && field in value;
  if (has("steps")) return "workflow";
  if (has("pack_id")) return "pack";
  if (has("triggers")) return "facade";
  if (has("adapter")) return "proposal";
  if (["inputs", "interface", "parameters"].some(has)) return "capability";
  throw new RuntimeError(
    "SPEC_INVALID",
    `${file}: is no workflow, capability, pack, facade or proposal: it has none of steps, inputs, pack_id, triggers, adapter.`,
  );
}
