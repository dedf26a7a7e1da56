import { RuntimeError } from "../contract/errors.ts";
import type { Action } from "./session.ts";

/** Loads every capability with its code, every workflow, pack and facade. @throws ASSETS_INCOMPLETE, SPEC_INVALID */
export const smoke: Action = async (session) => {
  const { assets, registry } = await session.io.openRegistry(session.io.env);
  const capabilities = registry.capabilities().filter(({ pack }) => pack === undefined);
  for (const { spec, hasHandler, handler } of capabilities) {
    if (!hasHandler) throw new RuntimeError("ASSETS_INCOMPLETE", `${spec.id} has a spec and no code.`);
    await handler();
  }
  if (capabilities.length === 0)
    throw new RuntimeError("ASSETS_INCOMPLETE", `${assets.stdlib} holds no capability.`);
  const result = {
    resolvedSpecsDir: assets.stdlib,
    stdlibLoaded: capabilities.length,
    workflows: registry.workflows().length,
    packs: registry.packs().length,
    facades: registry.facades().length,
  };
  session.emit(result, () => [
    `RESOLVED_SPECS_DIR=${result.resolvedSpecsDir}`,
    `STDLIB_LOADED=${result.stdlibLoaded}`,
  ]);
  return 0;
};
