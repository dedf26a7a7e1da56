import { isObject } from "../contract/json.ts";
import type { Principal } from "../contract/principal.ts";
import { visible } from "../contract/visible.ts";
import type { Offer } from "../workflow/offers.ts";
import type { Desk } from "./desk.ts";
import type { Source } from "./source.ts";

/** The facades that a caller may ask for, as prompts in the words of their examples. */
export function facadeSource({ station }: Pick<Desk, "station">): Source {
  const facades = async (caller: Principal): Promise<readonly Offer[]> =>
    (await station.panelFor(caller).offers()).filter(({ kind }) => kind === "facade");
  const facade = async (name: string, caller: Principal): Promise<Offer | undefined> => {
    const offer = await station.panelFor(caller).offer(name);
    return offer?.kind === "facade" ? offer : undefined;
  };
  return {
    prompts: async (caller) =>
      (await facades(caller)).map((offer) => ({
        name: offer.name,
        description: visible(offer.description.replaceAll(/\s+/g, " ")),
        arguments: [...argumentsOf(offer)].map(([name, schema]) => ({
          name,
          ...(typeof schema["description"] === "string"
            ? { description: visible(schema["description"]) }
            : {}),
          required: isRequired(offer, name),
        })),
      })),
    async prompt({ name, values, caller }) {
      const offer = await facade(name, caller);
      if (offer === undefined) return undefined;
      const given = Object.entries(values).filter(([each]) => argumentsOf(offer).has(each));
      const inputs = given.length === 0 ? "" : ` with ${JSON.stringify(Object.fromEntries(given))}`;
      const text = `${exampleOf(offer)}\n\nUse the tool "${offer.name}"${inputs}.`;
      return {
        description: offer.description,
        messages: [{ role: "user", content: { type: "text", text } }],
      };
    },
    async complete(of, argument, begin, caller) {
      const offer = await facade(of, caller);
      const schema = offer === undefined ? undefined : argumentsOf(offer).get(argument);
      if (schema === undefined) return undefined;
      const values = Array.isArray(schema["enum"]) ? schema["enum"] : [];
      return values.map(String).filter((value) => value.startsWith(begin));
    },
  };
}

type Schema = Readonly<Record<string, unknown>>;

function argumentsOf({ inputs }: Offer): ReadonlyMap<string, Schema> {
  const { properties } = inputs;
  const entries = isObject(properties) ? Object.entries(properties) : [];
  return new Map(entries.map(([name, schema]) => [name, isObject(schema) ? schema : {}]));
}

function isRequired({ inputs: { required } }: Offer, name: string): boolean {
  return Array.isArray(required) && required.includes(name);
}

/** As somebody would ask for it; the examples of a facade come after its triggers. */
function exampleOf({ phrases, description }: Offer): string {
  return (phrases.at(-1) ?? description).split("\n").map(visible).join("\n");
}
