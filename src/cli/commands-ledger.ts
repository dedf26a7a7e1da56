import type { CommandSpec } from "./command-spec.ts";

/** Commands about the ledger. */
export const LEDGER_COMMANDS: readonly CommandSpec[] = [
  {
    name: "audit",
    summary: "read, verify, export and prove the ledger",
    commands: [
      {
        name: "log",
        summary: "show entries, the newest last",
        options: [
          { flags: "--run <run>", text: "only of this run" },
          { flags: "--type <type>", text: "only of this type (repeatable)", isRepeatable: true },
          { flags: "--since <time>", text: "only since then" },
          { flags: "--limit <number>", text: "how many (default: 50)" },
        ],
        examples: [["airun audit log --run last --type effect-intended", "what the newest run changed"]],
        load: async () => (await import("./audit-log.ts")).auditLog,
      },
      {
        name: "verify",
        summary: "check that nothing in the ledger was changed, removed or added",
        description:
          "Or, with --export or --proof, that a copy of it or of one entry is true; for these no ledger is needed.",
        options: [
          { flags: "--key <key>", text: "verifier key that it must be signed with" },
          { flags: "--witness <file>", text: "checkpoints kept elsewhere (default: AI_FIRST_WITNESS)" },
          { flags: "--export <file>", text: "an export as JSON lines", conflicts: ["proof"] },
          { flags: "--proof <file>", text: "a proof of one entry" },
        ],
        examples: [
          ["airun audit verify", "this workspace's ledger"],
          ["airun audit verify --export ledger.jsonl --key 'ai-first-runtime/…'", "a copy, on any machine"],
        ],
        load: async () => (await import("./audit-verify.ts")).auditVerify,
      },
      {
        name: "replay",
        summary: "derive every decision again, and compare",
        description:
          "Needs the policy sets that the home keeps, and no network. Finds a changed policy, decision or argument.",
        examples: [["airun audit replay", "exits with 20 where a decision cannot be derived"]],
        load: async () => (await import("./audit-replay.ts")).auditReplay,
      },
      {
        name: "export",
        summary: "write the whole ledger for others",
        options: [
          {
            flags: "--format <format>",
            text: "jsonl can be verified; ocsf is for a SIEM, csv for a spreadsheet",
            choices: ["jsonl", "ocsf", "csv", "html"],
          },
          { flags: "--out <file>", text: "a new file (default: the standard output)" },
        ],
        examples: [["airun audit export --out ledger.jsonl", "signed with a fresh checkpoint"]],
        load: async () => (await import("./audit-export.ts")).auditExport,
      },
      {
        name: "prove",
        arguments: [{ syntax: "<entry>", text: "number of an entry" }],
        summary: "print a proof that one entry is in the ledger",
        examples: [["airun audit prove 42 > proof.json", "for somebody who has only the verifier key"]],
        load: async () => (await import("./audit-export.ts")).auditProve,
      },
      {
        name: "erase",
        arguments: [{ syntax: "<run>", text: "an ended run" }],
        summary: "make a run's sealed values unreadable for ever",
        description: "The chain and every proof stay valid. It cannot be undone.",
        options: [
          { flags: "--confirm <run>", text: "the whole id of the run, once more" },
          { flags: "--reason <text>", text: "why; it is recorded in the ledger" },
        ],
        examples: [["airun audit erase last --reason 'request of the person'", "says what to confirm"]],
        load: async () => (await import("./audit-erase.ts")).auditErase,
      },
    ],
  },
];
