import type { CommandSpec, OptionSpec } from "./command-spec.ts";

const NAMES: readonly OptionSpec[] = [
  { flags: "--execution-id <id>", text: "the caller's id of this execution" },
  { flags: "--trace-id <id>", text: "the caller's trace" },
  { flags: "--parent-trace-id <id>", text: "the trace that this one belongs to" },
  { flags: "--user-id <id>", text: "the caller's user; it is recorded, and gives no rights" },
  { flags: "--metadata-json <object>", text: "put into the record: the text itself, or @FILE" },
  {
    flags: "--schema-path <file>",
    text: "JSON Schema that the record must fit (or AEGIS_EXECUTION_RECORD_SCHEMA, AEGIS_WORKFLOW_RECORD_SCHEMA)",
  },
];
const QUEST: OptionSpec = { flags: "--quest-id <id>", text: "the caller's quest" };
const RUN: OptionSpec = {
  flags: "--workflow-execution-id <run>",
  text: "the run, as workflowExecutionId of a record names it",
};
const INPUT: OptionSpec = {
  flags: "--input-json <object>",
  text: "inputs as a JSON object: the text itself, or @FILE",
};

const control = () => import("../bridge/control-workflow.ts");

/** Commands for another system that drives the runtime: each prints one JSON record. */
export const BRIDGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "bridge",
    summary: "drive the runtime from another system: one JSON record per command",
    description:
      "The standard output is one record, also where the options are wrong. The exit code follows from its `error.category`.",
    refuse: async () => (await import("../bridge/refuse-line.ts")).refuseLine,
    commands: [
      {
        name: "exec-capability",
        summary: "run one capability",
        options: [
          ...NAMES,
          { flags: "--capability-id <id>", text: "the caller's id of the capability (default: its name)" },
          { flags: "--capability-name <name>", text: "the capability, as `airun list` names it" },
          INPUT,
          { flags: "--approval <id>", text: "the approval that an earlier record of this call asked for" },
        ],
        examples: [
          [
            `airun bridge exec-capability --execution-id e1 --trace-id t1 --user-id u1 --capability-name io.fs.list_dir --input-json '{"path":"."}'`,
            "prints an execution record",
          ],
        ],
        load: async () => (await import("../bridge/exec-capability.ts")).execCapability,
      },
      {
        name: "exec-workflow",
        summary: "run a workflow",
        options: [
          ...NAMES,
          QUEST,
          {
            flags: "--workflow-spec-json <workflow>",
            text: "the workflow itself",
            conflicts: ["workflowSpecPath"],
          },
          { flags: "--workflow-spec-path <file>", text: "a workflow file, YAML or JSON" },
          INPUT,
          { flags: "--enable-governance-hooks", text: "refuse to run where no governor is named" },
          {
            flags: "--governance-decisions-json <object>",
            text: "decisions fixed before the run (or AEGIS_GOVERNANCE_DECISIONS_JSON)",
          },
          {
            flags: "--governance-hook-url <url>",
            text: "a governor that is asked before and after each step (or AEGIS_GOVERNANCE_HOOK_URL)",
          },
          {
            flags: "--governance-hook-timeout-ms <number>",
            text: "how long it may take (or AEGIS_GOVERNANCE_HOOK_TIMEOUT_MS; default: 2000)",
          },
          {
            flags: "--governance-hook-fail-mode <decision>",
            text: "ALLOW, DENY or PAUSE where no valid answer comes (or AEGIS_GOVERNANCE_HOOK_FAIL_MODE; default: DENY)",
          },
        ],
        examples: [
          [
            "airun bridge exec-workflow --execution-id e2 --trace-id t2 --user-id u1 --workflow-spec-path release.yaml",
            "exits with 30 where the run waits",
          ],
        ],
        load: async () => (await import("../bridge/exec-workflow.ts")).execWorkflow,
      },
      {
        name: "workflow-resume",
        summary: "answer what a run waits for, and go on with it",
        options: [
          ...NAMES,
          QUEST,
          RUN,
          { flags: "--decision <decision>", text: "approve or reject" },
          { flags: "--approver <name>", text: "who decided; it is recorded (default: aegis)" },
          { flags: "--step <step>", text: "which step, where several wait" },
        ],
        examples: [
          [
            "airun bridge workflow-resume --workflow-execution-id RUN --decision approve --approver ann",
            "the run goes on in this process",
          ],
        ],
        load: async () => (await control()).workflowResume,
      },
      {
        name: "workflow-cancel",
        summary: "stop a run for good",
        options: [
          ...NAMES,
          QUEST,
          RUN,
          { flags: "--reason <text>", text: "why (default: Cancelled)" },
          { flags: "--rollback", text: "take back what it did" },
        ],
        examples: [
          ["airun bridge workflow-cancel --workflow-execution-id RUN --rollback", "as if it had never run"],
        ],
        load: async () => (await control()).workflowCancel,
      },
      {
        name: "workflow-rollback",
        summary: "take back what a run did",
        options: [...NAMES, QUEST, RUN, { flags: "--reason <text>", text: "why (default: Manual rollback)" }],
        examples: [["airun bridge workflow-rollback --workflow-execution-id RUN", "also of an ended run"]],
        load: async () => (await control()).workflowRollback,
      },
    ],
  },
  {
    name: "history",
    summary: "what was run, for another system",
    commands: [
      {
        name: "export",
        summary: "write one record per run, as JSON lines, the oldest first",
        description: "Secrets stay sealed. The records have the shape of `airun bridge`.",
        options: [
          { flags: "--since <time>", text: "only runs that began since then" },
          { flags: "--out <file>", text: "a new file (default: the standard output)" },
        ],
        examples: [["airun history export --since 2026-01-31T12:00:00Z", "records since noon"]],
        load: async () => (await import("./history-export.ts")).historyExport,
      },
    ],
  },
];
