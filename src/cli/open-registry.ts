import { type Assets, findAssets } from "../kernel/assets.ts";
import type { Environment } from "../kernel/home.ts";
import { createRegistry, type Registry } from "../kernel/registry.ts";
import { HANDLERS } from "../skills/handlers.ts";

/** What the specs of this installation define, without opening a workspace. @throws ASSETS_INCOMPLETE */
export function openRegistry(env: Environment): { readonly assets: Assets; readonly registry: Registry } {
  const assets = findAssets(env);
  return { assets, registry: createRegistry({ assets, handlers: HANDLERS }) };
}
