import type { Kernel } from "../kernel/invoke.ts";
import type { Principal } from "../contract/principal.ts";
import type { Plan } from "./preview.ts";
import { previewRun } from "./preview-run.ts";
import type { PreviewKernel } from "./preview-state.ts";
import type { RunOptions, SpecText } from "./runtime.ts";
import { prepareTarget } from "./target.ts";

/** What a run of a target would do. @throws as `run` for what cannot start at all */
export async function planTarget(
  kernel: PreviewKernel & Pick<Kernel, "reach" | "environment">,
  principal: Principal,
  target: string | SpecText,
  { inputs = {}, cwd = ".", facade }: RunOptions = {},
): Promise<Plan> {
  const prepared = await prepareTarget(kernel, principal, target, inputs, facade);
  return previewRun({ kernel, principal, prepared, cwd });
}
