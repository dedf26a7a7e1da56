import type { CommandSpec, OptionSpec } from "./command-spec.ts";

const REASON: OptionSpec = { flags: "--reason <text>", text: "why; it is recorded in the ledger (required)" };

/** Commands about stopping everything. */
export const PANIC_COMMANDS: readonly CommandSpec[] = [
  {
    name: "panic",
    summary: "stop everything, in every process of this installation",
    commands: [
      {
        name: "raise",
        summary: "stop all runs, or those of one agent or human, or one run, until an admin lifts it",
        description:
          "Nothing goes forward any more, and what was done can still be taken back. It counts for every workspace of this home; listed is what it stopped in this one. Who is no operator, approver or admin stops only what is their own. Exits with 13 where --wait is not enough.",
        options: [
          {
            flags: "--action <action>",
            text: "what becomes of what is under way (default: FREEZE)",
            choices: ["FREEZE", "CANCEL_ONLY", "CANCEL_AND_ROLLBACK"],
          },
          { flags: "--agent <name>", text: "only what this agent does", conflicts: ["human", "run"] },
          {
            flags: "--human <name>",
            text: "only what is done by or for this human",
            conflicts: ["agent", "run"],
          },
          { flags: "--run <run>", text: "only this run", conflicts: ["agent", "human"] },
          { flags: "--wait", text: "wait until the runs of other processes have stopped, at most a minute" },
          REASON,
        ],
        examples: [
          ["airun panic raise --reason 'it deletes the wrong files'", "everything stops where it is"],
          [
            "airun panic raise --agent claude --action CANCEL_AND_ROLLBACK --reason 'gone astray'",
            "what one agent has under way is taken back",
          ],
        ],
        load: async () => (await import("./panic.ts")).panicRaise,
      },
      {
        name: "status",
        summary: "show the panics in force",
        description: "Exits with 17 where there is one.",
        examples: [["airun panic status", "is anything stopped?"]],
        load: async () => (await import("./panic.ts")).panicStatus,
      },
      {
        name: "list",
        summary: "list every panic that there ever was, the newest first",
        examples: [["airun panic list", "who raised and who lifted it, and why"]],
        load: async () => (await import("./panic.ts")).panicList,
      },
      {
        name: "lift",
        arguments: [{ syntax: "<panic>", text: "its id, or four or more characters of it" }],
        summary: "end a panic; for an admin, and no agent",
        description: "Frozen runs wait until somebody resumes them.",
        options: [REASON],
        examples: [["airun panic lift panic-4f3a9c --reason 'the agent is gone'", "things may start again"]],
        load: async () => (await import("./panic.ts")).panicLift,
      },
    ],
  },
];
