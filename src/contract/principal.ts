import { z } from "zod";

/** Who asks or decides. `human` is empty for a service that acts alone. */
export const Principal = z.object({
  human: z.string().describe("The person, as the operating system or the token names them."),
  agent: z.string().describe("The agent that acts for the person; empty when the person acts directly."),
  session: z.string().describe("The session of the agent or of the person."),
  service: z.string().describe("The surface or service: cli, embed, bridge, rest, mcp."),
  scopes: z.array(z.string()).describe("What the principal may do."),
});

export type Principal = Readonly<z.output<typeof Principal>>;
