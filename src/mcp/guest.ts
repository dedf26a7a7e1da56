import type { Role } from "../contract/roles.ts";
import type { Principal } from "../contract/principal.ts";
import { visible } from "../contract/visible.ts";

/** Whoever an MCP client speaks for. */
export type Guest = {
  /** As the token or the operating system names them. */
  readonly principal: Principal;
  /** What the token lets through to; null where there is no token to limit anything. */
  readonly roles: ReadonlySet<Role> | null;
};

const UNNAMED_AGENT = "mcp";
const MAX_NAME = 64;

/**
 * A client acts as an agent for its person. It may call itself what it likes: it stays an agent, whose yes counts for
 * nothing, and is shown as it is.
 */
export function asAgent({ principal }: Guest, clientName: string | undefined): Principal {
  return { ...principal, service: "mcp", agent: principal.agent || agentName(clientName) };
}

/** The person behind an agent, who answers in a form that their own client shows. */
export function asPerson(principal: Principal): Principal {
  return { ...principal, agent: "" };
}

/** Whether two calls are of the same agent for the same person, whatever session or token they come with. */
export function isSame(one: Principal, other: Principal): boolean {
  return one.human === other.human && one.agent === other.agent;
}

function agentName(given: string | undefined): string {
  const name = visible((given ?? "").trim()).slice(0, MAX_NAME);
  return name === "" ? UNNAMED_AGENT : name;
}
