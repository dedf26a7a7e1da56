import type { ClientCapabilities } from "@modelcontextprotocol/server";

import { isObject } from "../contract/json.ts";

/** Extension of MCP for calls that take long (SEP-2663). */
export const TASKS = "io.modelcontextprotocol/tasks";

/** What a client says that it can do for its person. */
export type Abilities = {
  /** Show a form, and say what was filled in. */
  readonly form: boolean;
  /** Open a page. */
  readonly url: boolean;
  /** Come back for the result of a call. */
  readonly tasks: boolean;
  readonly declared: ClientCapabilities;
};

export function abilitiesOf(declared: ClientCapabilities = {}): Abilities {
  const { elicitation, extensions } = declared;
  return {
    // Before there were two modes, an empty object meant forms.
    form:
      elicitation !== undefined && (elicitation.form !== undefined || Object.keys(elicitation).length === 0),
    url: elicitation?.url !== undefined,
    tasks: extensions?.[TASKS] !== undefined,
    declared,
  };
}

/**
 * Of what a capability asks the client for, what that client does. All of it where it does nothing of it: then the
 * call is refused with what is missing.
 */
export function askable(
  asks: Readonly<Record<string, unknown>>,
  abilities: Abilities,
): Readonly<Record<string, unknown>> {
  const possible = Object.entries(asks).filter(([, ask]) => does(abilities, ask));
  return possible.length === 0 ? asks : Object.fromEntries(possible);
}

function does({ form, url, declared: { sampling, roots } }: Abilities, ask: unknown): boolean {
  const { method, params } = isObject(ask) ? ask : {};
  switch (method) {
    case "elicitation/create":
      return isObject(params) && params["mode"] === "url" ? url : form;
    case "sampling/createMessage":
      return sampling !== undefined;
    case "roots/list":
      return roots !== undefined;
    default:
      return false;
  }
}
