import type { CommandSpec, OptionSpec } from "./command-spec.ts";

const INPUTS: readonly OptionSpec[] = [
  { flags: "--input <name=value>", text: "an input (repeatable)", isRepeatable: true },
  { flags: "--input-json <object>", text: "inputs as a JSON object, @FILE, or - for the standard input" },
];
const REASON: OptionSpec = { flags: "--reason <text>", text: "why; it is recorded in the ledger" };

/** Commands about the constitution. */
export const POLICY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "policy",
    summary: "show, check, test and change the constitution",
    commands: [
      {
        name: "show",
        summary: "print the policy set in force",
        options: [{ flags: "--digest <digest>", text: "another one that this home knows" }],
        examples: [["airun policy show", "every rule with its id"]],
        load: async () => (await import("./policy-show.ts")).policyShow,
      },
      {
        name: "check",
        arguments: [{ syntax: "<file>", text: "a .cedar file, a directory, or an older policy as YAML" }],
        summary: "check a policy set against the schema",
        examples: [["airun policy check ./policies", "exits with 10 where a policy is wrong"]],
        load: async () => (await import("./policy-check.ts")).policyCheck,
      },
      {
        name: "explain",
        arguments: [
          { syntax: "<what>", text: "a run, or the id of a capability" },
          { syntax: "[step]", text: "a step of the run; without it every one" },
        ],
        summary: "say why something was, or would be, allowed or refused",
        options: INPUTS,
        examples: [
          ["airun policy explain last", "the rules behind the newest run"],
          ["airun policy explain io.fs.write_file --input path=.env --input content=x", "before doing it"],
        ],
        load: async () => (await import("./policy-explain.ts")).policyExplain,
      },
      {
        name: "test",
        arguments: [{ syntax: "<file>", text: "a table of cases as YAML" }],
        summary: "hold a policy set against a table of cases",
        options: [{ flags: "--policy <file>", text: "a policy set (default: the one in force)" }],
        examples: [["airun policy test cases.yaml --policy ./policies", "exits with 17 where one differs"]],
        load: async () => (await import("./policy-test.ts")).policyTest,
      },
      {
        name: "diff",
        arguments: [
          { syntax: "<before>", text: "a policy set: a file, a directory, a digest, or `active`" },
          { syntax: "<after>", text: "the other one" },
        ],
        summary: "show which recorded requests two policy sets decide differently",
        examples: [["airun policy diff active ./policies", "what a change would have changed"]],
        load: async () => (await import("./policy-diff.ts")).policyDiff,
      },
      {
        name: "propose",
        arguments: [{ syntax: "<file>", text: "a policy set in any form that check takes" }],
        summary: "propose a policy set, for somebody else to approve",
        options: [REASON],
        examples: [["airun policy propose ./policies --reason 'no deletes'", "prints the proposal's id"]],
        load: async () => (await import("./policy-change.ts")).policyPropose,
      },
      {
        name: "activate",
        arguments: [{ syntax: "<digest>", text: "of an approved policy set, or the id of its proposal" }],
        summary: "bring an approved policy set into force",
        options: [REASON],
        examples: [["airun policy activate prop-1f3a… --reason 'approved on Monday'", "decides from now on"]],
        load: async () => (await import("./policy-change.ts")).policyActivate,
      },
    ],
  },
];
