import type { ClientCapabilities } from "@modelcontextprotocol/server";

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
};

export function abilitiesOf(declared: ClientCapabilities | undefined): Abilities {
  const { elicitation, extensions } = declared ?? {};
  return {
    // Before there were two modes, an empty object meant forms.
    form:
      elicitation !== undefined && (elicitation.form !== undefined || Object.keys(elicitation).length === 0),
    url: elicitation?.url !== undefined,
    tasks: extensions?.[TASKS] !== undefined,
  };
}
