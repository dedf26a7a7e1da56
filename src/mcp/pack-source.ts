import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { LoadedPack } from "../kernel/packs.ts";
import { packLockOf } from "../kernel/route-facade.ts";
import type { Desk } from "./desk.ts";
import type { Source } from "./source.ts";

const PACKS = "airun://packs/";
const JSON_TYPE = "application/json";

/** The packs that a caller reaches, as they were approved. */
export function packSource({ station: { chain } }: Pick<Desk, "station">): Source {
  const reached = async (caller: Principal): Promise<LoadedPack[]> => {
    const packs = await Promise.all(
      chain.registry.packs().map(async (pack) => {
        try {
          await chain.governance.reach.pack(packLockOf(pack), caller);
          return [pack];
        } catch (error) {
          if (error instanceof RuntimeError && !error.code.startsWith("LEDGER_")) return [];
          throw error;
        }
      }),
    );
    return packs.flat();
  };
  return {
    resources: async (caller) =>
      (await reached(caller)).map(({ spec: { name, version, description } }) => ({
        uri: `${PACKS}${encodeURIComponent(name)}`,
        name: `${name}@${version}`,
        description: description.trim(),
        mimeType: JSON_TYPE,
      })),
    templates: [
      {
        name: "pack",
        uriTemplate: `${PACKS}{pack}`,
        description: "A pack: what it includes, its risk, and who approves what it does.",
        mimeType: JSON_TYPE,
      },
    ],
    async read(uri, caller) {
      if (!uri.startsWith(PACKS)) return undefined;
      const found = (await reached(caller)).find(
        ({ spec }) => `${PACKS}${encodeURIComponent(spec.name)}` === uri,
      );
      if (found === undefined) return undefined;
      return [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(found.spec, null, 2) }];
    },
    async complete(of, argument, begin, caller) {
      if (!of.startsWith(PACKS) || argument !== "pack") return undefined;
      return (await reached(caller)).map(({ spec }) => spec.name).filter((name) => name.startsWith(begin));
    },
  };
}
