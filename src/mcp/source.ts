import type {
  GetPromptResult,
  InputRequiredResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
} from "@modelcontextprotocol/server";

import type { Principal } from "../contract/principal.ts";
import type { Abilities } from "./client-abilities.ts";
import type { HeldCall } from "./held-call.ts";

/** One request for a prompt. */
export type PromptRequest = {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  readonly caller: Principal;
  readonly abilities: Abilities;
  readonly held: HeldCall | undefined;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly keep: (held: HeldCall) => Promise<string>;
};

/** Where resources and prompts come from. Each caller is shown what is theirs alone. */
export type Source = {
  readonly resources?: (caller: Principal) => Promise<readonly Resource[]> | readonly Resource[];
  readonly templates?: readonly ResourceTemplateType[];
  /** Nothing where it has no such resource, or it is somebody else's. */
  readonly read?: (uri: string, caller: Principal) => Promise<ReadResourceResult["contents"] | undefined>;
  readonly prompts?: (caller: Principal) => Promise<readonly Prompt[]> | readonly Prompt[];
  readonly prompt?: (request: PromptRequest) => Promise<GetPromptResult | InputRequiredResult | undefined>;
  /** Values that one could give for an argument of a prompt, or a variable of a template. */
  readonly complete?: (
    of: string,
    argument: string,
    begin: string,
    caller: Principal,
  ) => Promise<readonly string[] | undefined>;
};
