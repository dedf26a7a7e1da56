import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command-spec.ts";

const NAME: ArgumentSpec = { syntax: "<name>", text: "what the pack is called, and how its ids begin" };
const REASON: OptionSpec = { flags: "--reason <text>", text: "why; it is recorded in the ledger (required)" };
const VERSION: OptionSpec = {
  flags: "--version <version>",
  text: "version of the pack (default: the one after the newest)",
};
const CHECK: OptionSpec = {
  flags: "--check",
  text: "propose nothing; compare with the ACTIVE pack, and exit with 1 where it differs",
};

/** Commands that bring in what others made, as proposals; and the secrets that it needs. */
export const IMPORT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "import",
    summary: "propose tools and operations of others; nothing of them can run before",
    commands: [
      {
        name: "mcp",
        arguments: [NAME, { syntax: "[args...]", text: "arguments of the program, after --" }],
        summary: "propose the tools of an MCP server",
        description:
          "A program is started in a sandbox without network, and sees the run's files as /workspace.",
        options: [
          {
            flags: "--command <program>",
            text: "program that speaks MCP on its standard input; `node` is this runtime's own",
          },
          { flags: "--url <url>", text: "server that speaks MCP over Streamable HTTP" },
          {
            flags: "--tools <names>",
            text: "only these, separated by commas (repeatable)",
            isRepeatable: true,
          },
          {
            flags: "--files <access>",
            text: "what a program gets of the run's files: a copy that it may change (the default), one to read, or none",
            choices: ["write", "read", "none"],
          },
          {
            flags: "--readable <path>",
            text: "file or directory that a program sees besides the system (repeatable)",
            isRepeatable: true,
          },
          {
            flags: "--secret-env <secret>",
            text: "secret that a program gets in its environment (repeatable)",
            isRepeatable: true,
          },
          { flags: "--secret <secret>", text: "secret that a server gets in a header" },
          {
            flags: "--secret-header <header>",
            text: "that header (default: authorization, as a bearer token)",
          },
          VERSION,
          CHECK,
          REASON,
        ],
        examples: [
          [
            "airun import mcp files --command node --reason 'the desk asks for it' -- ./node_modules/@modelcontextprotocol/server-filesystem/dist/index.js /workspace",
            "a program, in a sandbox",
          ],
          [
            "airun import mcp desk --url https://mcp.example.com/mcp --secret DESK_TOKEN --reason …",
            "a server",
          ],
        ],
        load: async () => (await import("./import-mcp.ts")).importMcp,
      },
      {
        name: "openapi",
        arguments: [NAME, { syntax: "<document>", text: "file or URL of an OpenAPI 3.0 or 3.1 document" }],
        summary: "propose the operations of an HTTP API",
        options: [
          {
            flags: "--operations <names>",
            text: "only these, by operationId, separated by commas (repeatable)",
            isRepeatable: true,
          },
          { flags: "--server <url>", text: "address of the API, in place of what the document says" },
          VERSION,
          CHECK,
          REASON,
        ],
        examples: [
          [
            "airun import openapi figma openapi.yaml --operations getMe,getFile --reason …",
            "prints the proposal's id",
          ],
          [
            "airun import openapi figma https://api.example.com/openapi.json --check",
            "is it still what was approved?",
          ],
        ],
        load: async () => (await import("./import-openapi.ts")).importOpenApi,
      },
      {
        name: "proposal",
        arguments: [
          { syntax: "<file>", text: "proposal of an external capability, as the older system wrote them" },
        ],
        summary: "propose an external capability of the older system",
        options: [REASON],
        examples: [
          [
            "airun import proposal net_search_google.yaml --reason …",
            "once approved, its endpoint is called",
          ],
        ],
        load: async () => (await import("./import-proposal.ts")).importProposal,
      },
    ],
  },
  {
    name: "secrets",
    summary: "secrets that imported capabilities send; nobody sees their values",
    commands: [
      {
        name: "set",
        arguments: [{ syntax: "<secret>", text: "its name, such as GITHUB_TOKEN" }],
        summary: "keep a value, from the standard input or typed",
        options: [
          { flags: "--host <host>", text: "host that it may be sent to (repeatable)", isRepeatable: true },
          {
            flags: "--program <program>",
            text: "program that may get it in its environment, as `--command` names it (repeatable)",
            isRepeatable: true,
          },
        ],
        examples: [
          ["airun secrets set DESK_TOKEN --host mcp.example.com < token.txt", "never on the command line"],
        ],
        load: async () => (await import("./secrets.ts")).secretsSet,
      },
      {
        name: "list",
        summary: "list the secrets, without their values",
        examples: [["airun secrets list", "names, and where each may go"]],
        load: async () => (await import("./secrets.ts")).secretsList,
      },
      {
        name: "remove",
        arguments: [{ syntax: "<secret>", text: "its name" }],
        summary: "overwrite and remove a secret",
        examples: [["airun secrets remove DESK_TOKEN", "calls that need it are refused from now on"]],
        load: async () => (await import("./secrets.ts")).secretsRemove,
      },
    ],
  },
];
