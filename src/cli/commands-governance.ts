import { type ArgumentSpec, type CommandSpec, INPUTS, NO_INPUT, type OptionSpec } from "./command-spec.ts";

const REASON: OptionSpec = { flags: "--reason <text>", text: "why; it is recorded in the ledger (required)" };
const PROPOSAL: ArgumentSpec = { syntax: "<proposal>", text: "its id, or four or more characters of it" };
const PACK: ArgumentSpec = { syntax: "<pack>", text: "its name, or name@version" };
const FACADE: ArgumentSpec = { syntax: "<facade>", text: "its name, or name@version" };
const KEY: OptionSpec = { flags: "--key <key>", text: "verifier key that the pack must be signed with" };

const lifecycle = () => import("./lifecycle.ts");

/** What leads a pack or facade through its life. */
function lifecycleCommands(kind: "pack" | "facade", subject: ArgumentSpec, name: string): CommandSpec[] {
  return [
    {
      name: "activate",
      arguments: [subject],
      summary: `make an approved ${kind} ACTIVE`,
      options: [REASON],
      examples: [
        [`airun ${kind} activate ${name} --reason 'agreed in the review'`, "it can be reached at once"],
      ],
      load: async () => (await lifecycle()).activate(kind),
    },
    {
      name: "freeze",
      arguments: [subject],
      summary: `stop everybody from reaching a ${kind}, until it is activated again`,
      options: [REASON],
      examples: [[`airun ${kind} freeze ${name} --reason 'strange results'`, "calls under way still end"]],
      load: async () => (await lifecycle()).freeze(kind),
    },
    {
      name: "deprecate",
      arguments: [subject],
      summary: `retire a ${kind} for good`,
      options: [REASON],
      examples: [
        [`airun ${kind} deprecate ${name}@1.0.0 --reason 'replaced by 2.0.0'`, "there is no way back"],
      ],
      load: async () => (await lifecycle()).deprecate(kind),
    },
    {
      name: "reinstate",
      arguments: [subject],
      summary: `put back what was approved, and end the suspension of a ${kind}`,
      options: [REASON],
      examples: [[`airun ${kind} reinstate ${name} --reason 'restored'`, "for an admin"]],
      load: async () => (await lifecycle()).reinstate(kind),
    },
  ];
}

/** Commands about what may run, and who says so. */
export const GOVERNANCE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "propose",
    arguments: [{ syntax: "<path>", text: "a capability, pack or facade, or the directory of a pack" }],
    summary: "propose something for approval; nothing of it can run before",
    options: [REASON, KEY],
    examples: [["airun propose ./weather --reason 'the desk asks for it'", "prints the proposal's id"]],
    load: async () => (await import("./propose.ts")).propose,
  },
  {
    name: "proposals",
    summary: "list the proposals, the newest first",
    options: [
      { flags: "--status <status>", text: "only these", choices: ["pending", "approved", "rejected"] },
    ],
    examples: [["airun proposals --status pending", "what waits for a reviewer"]],
    load: async () => (await import("./proposals.ts")).listProposals,
  },
  {
    name: "proposal",
    summary: "look at one proposal",
    commands: [
      {
        name: "show",
        arguments: [PROPOSAL],
        summary: "show what an approval would bind to, and what changed since the last one",
        examples: [["airun proposal show prop-4f3a9c", "contracts, effects, hosts, risk, digests, diff"]],
        load: async () => (await import("./proposals.ts")).showProposal,
      },
    ],
  },
  {
    name: "review",
    arguments: [PROPOSAL],
    summary: "set the risk of a proposal",
    description:
      "Raising it takes no reason, lowering it does. Approvals under another risk no longer count.",
    options: [
      { flags: "--risk <risk>", text: "the risk", choices: ["LOW", "MEDIUM", "HIGH", "CRITICAL"] },
      { flags: "--reason <text>", text: "why; it is recorded in the ledger" },
    ],
    examples: [["airun review prop-4f3a9c --risk CRITICAL", "two persons must approve it now"]],
    load: async () => (await import("./review.ts")).review,
  },
  {
    name: "pack",
    summary: "packs: what may run",
    commands: [
      {
        name: "list",
        summary: "list the packs and where they are in their life",
        examples: [["airun pack list", "only what is in an ACTIVE one can run"]],
        load: async () => (await import("./governed.ts")).listGoverned("pack"),
      },
      {
        name: "show",
        arguments: [PACK],
        summary: "show what a pack holds, to the byte",
        examples: [["airun pack show demo", "digests of capabilities and workflows"]],
        load: async () => (await import("./governed.ts")).showGoverned("pack"),
      },
      ...lifecycleCommands("pack", PACK, "weather"),
      {
        name: "sign",
        arguments: [{ syntax: "<directory>", text: "directory of a pack" }],
        summary: "write pack.lock: the digests of all files of a pack, signed with this installation's key",
        examples: [["airun pack sign ./weather", "prints the verifier key to hand on"]],
        load: async () => (await import("./pack-sign.ts")).signPackDirectory,
      },
      {
        name: "verify",
        arguments: [{ syntax: "<directory>", text: "directory of a pack" }],
        summary: "check that a pack is as it was signed",
        options: [KEY],
        examples: [["airun pack verify ./weather --key 'pack/weather+…'", "by whom you were told"]],
        load: async () => (await import("./pack-sign.ts")).verifyPackDirectory,
      },
    ],
  },
  {
    name: "facade",
    summary: "facades: what people and agents ask for",
    commands: [
      {
        name: "list",
        summary: "list the facades and where they are in their life",
        examples: [["airun facade list", "only an ACTIVE one answers"]],
        load: async () => (await import("./governed.ts")).listGoverned("facade"),
      },
      {
        name: "show",
        arguments: [FACADE],
        summary: "show what a facade leads to",
        examples: [["airun facade show tidy-inbox", "triggers, packs, digests"]],
        load: async () => (await import("./governed.ts")).showGoverned("facade"),
      },
      ...lifecycleCommands("facade", FACADE, "tidy-inbox"),
      {
        name: "run",
        arguments: [{ syntax: "<facade>", text: "its name" }],
        summary: "run what a facade leads to",
        options: [
          { flags: "--workflow <name>", text: "which, where it leads to several" },
          ...INPUTS,
          NO_INPUT,
        ],
        examples: [["airun facade run tidy-inbox", "as `airun run`, and the facade must be ACTIVE too"]],
        load: async () => (await import("./facade-run.ts")).runFacade,
      },
    ],
  },
  {
    name: "nl",
    arguments: [{ syntax: "<intent>", text: "what you want, in your own words" }],
    summary: "find the ACTIVE facade that answers, and run it",
    description: "Where several answer equally well none is run, they are listed, and it exits with 30.",
    options: [...INPUTS, NO_INPUT],
    examples: [['airun nl "tidy my inbox"', "runs the facade tidy-inbox"]],
    load: async () => (await import("./nl.ts")).nl,
  },
  {
    name: "principals",
    summary: "who may review, approve and operate",
    commands: [
      {
        name: "list",
        summary: "list who has which roles",
        examples: [["airun principals list", "the first user of a home is its admin"]],
        load: async () => (await import("./principals.ts")).listPrincipals,
      },
      {
        name: "add",
        arguments: [{ syntax: "<name>", text: "the human, as the operating system names them" }],
        summary: "give somebody roles, in place of those before",
        options: [
          {
            flags: "--role <role>",
            text: "viewer, operator, reviewer, approver or admin (repeatable)",
            isRepeatable: true,
          },
          {
            flags: "--person <person>",
            text: "who it is: two accounts of one person never make two approvers (default: the name)",
          },
        ],
        examples: [["airun principals add bob --role reviewer --role approver", "bob may approve"]],
        load: async () => (await import("./principals.ts")).addPrincipal,
      },
      {
        name: "revoke",
        arguments: [{ syntax: "<name>", text: "the human" }],
        summary: "take all roles from somebody",
        examples: [["airun principals revoke bob", "what bob approved before still counts"]],
        load: async () => (await import("./principals.ts")).revokePrincipal,
      },
    ],
  },
];
