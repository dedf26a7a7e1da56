import { type ArgumentSpec, type CommandSpec, NO_INPUT, type OptionSpec } from "./command-spec.ts";

const QUEST: ArgumentSpec = { syntax: "<quest>", text: "a quest in a file (YAML or JSON), or in words" };
const RUNNING: readonly OptionSpec[] = [
  { flags: "--cwd <subdir>", text: "directory below the workspace that the run is confined to" },
  NO_INPUT,
];

const SINCE: OptionSpec = { flags: "--since <time>", text: "only entries from then on, such as 2026-01-31" };

/** Commands of Aegis: quests, and what is learned from runs. */
export const AEGIS_COMMANDS: readonly CommandSpec[] = [
  {
    name: "quest",
    summary: "say what you want, and within which limits",
    commands: [
      {
        name: "plan",
        arguments: [QUEST],
        summary: "make a workflow of a quest, with the reasons for each step; nothing is run",
        description:
          "No language model takes part: the same quest and the same installation give the same plan. What is not clear is refused, and it exits with 10.",
        options: [{ flags: "--workflow", text: "print the workflow alone, as JSON" }],
        examples: [
          [
            "airun quest plan 'write \"hello\" to hello.txt, then hash hello.txt'",
            "each step and its reasons",
          ],
          ["airun quest plan 把“你好”写入hello.txt", "the same in Chinese"],
        ],
        load: async () => (await import("./quest-plan.ts")).questPlan,
      },
      {
        name: "check",
        arguments: [{ syntax: "<file>", text: "a quest in a file or in words, or a workflow file" }],
        summary: "hold a plan against the constitution before anything of it runs",
        description: "Exits with 17 where something would be refused.",
        options: [{ flags: "--quest <file>", text: "a quest whose constraints a workflow shall keep to" }],
        examples: [["airun quest check quest.yaml", "structured violations with --json"]],
        load: async () => (await import("./quest-check.ts")).questCheck,
      },
      {
        name: "run",
        arguments: [QUEST],
        summary: "plan a quest, and run the plan held to the quest's constraints",
        options: RUNNING,
        examples: [
          [
            "airun quest run quest.yaml",
            "as `airun run`, governed by Aegis or by the governor that you name",
          ],
        ],
        load: async () => (await import("./quest-run.ts")).questRun,
      },
    ],
  },
  {
    name: "aegis",
    summary: "govern runs from a process of its own",
    commands: [
      {
        name: "serve",
        arguments: [{ syntax: "<plan...>", text: "plans, as `airun quest plan QUEST --json` prints them" }],
        summary: "hold the runs of these quests to their plans, as a governor over HTTP",
        description:
          "Listens on loopback alone, and answers only who knows AEGIS_GOVERNANCE_HOOK_SECRET. Ctrl-C ends it.",
        options: [{ flags: "--port <port>", text: "default: any free one, which is printed" }],
        examples: [
          [
            "airun aegis serve plan.json --port 9200",
            "then AEGIS_GOVERNANCE_HOOK_URL=http://127.0.0.1:9200/",
          ],
        ],
        load: async () => (await import("./aegis-serve.ts")).aegisServe,
      },
    ],
  },
  {
    name: "memory",
    summary: "what the runs of a workspace teach",
    commands: [
      {
        name: "show",
        summary: "show how capabilities have done, and which follow each other",
        options: [SINCE],
        examples: [
          ["airun memory show --json", "calls, reliability, retries, rollbacks, rejections, percentiles"],
        ],
        load: async () => (await import("./memory.ts")).memoryShow,
      },
      {
        name: "suggest",
        summary: "list what the ledger speaks for; nothing is changed",
        options: [SINCE],
        examples: [["airun memory suggest", "each with its reason, and what one would do about it"]],
        load: async () => (await import("./memory.ts")).memorySuggest,
      },
      {
        name: "propose",
        arguments: [{ syntax: "[suggestion...]", text: "ids of suggestions (default: all)" }],
        summary: "hand suggestions to the governance chain, one proposal each",
        options: [SINCE],
        examples: [["airun memory propose", "somebody else approves or rejects them within a month"]],
        load: async () => (await import("./memory.ts")).memoryPropose,
      },
    ],
  },
];
