import { type ArgumentSpec, type CommandSpec, NO_INPUT } from "./command-spec.ts";

const APPROVAL: ArgumentSpec = {
  syntax: "<approval>",
  text: "an approval; the beginning of its id is enough",
};

const approvals = () => import("./approvals.ts");

/** Commands about what waits for a human. `approve` and `reject` are among those that steer runs. */
export const APPROVAL_COMMANDS: readonly CommandSpec[] = [
  {
    name: "approvals",
    summary: "list what waits for somebody's answer, oldest first",
    options: [{ flags: "--run <run>", text: "only of this run" }],
    examples: [["airun approvals", "who asks for what, and until when"]],
    load: async () => (await approvals()).listApprovals,
  },
  {
    name: "approval",
    summary: "look at one approval",
    commands: [
      {
        name: "show",
        arguments: [APPROVAL],
        summary: "show what is approved, who may answer, and who has",
        options: [{ flags: "--full", text: "leave nothing out" }],
        examples: [["airun approval show 4f3a9c --full", "every value and every line of a diff"]],
        load: async () => (await approvals()).showApproval,
      },
    ],
  },
  {
    name: "revoke",
    arguments: [APPROVAL],
    summary: "take an approval back that was not used yet; its run is rolled back",
    options: [{ flags: "--reason <text>", text: "why; it is recorded in the ledger (required)" }, NO_INPUT],
    examples: [["airun revoke 4f3a9c --reason 'wrong customer'", "the step is denied"]],
    load: async () => (await approvals()).revoke,
  },
];
