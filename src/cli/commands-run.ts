import { type ArgumentSpec, type CommandSpec, INPUTS, NO_INPUT, type OptionSpec } from "./command-spec.ts";

const TARGET: ArgumentSpec = {
  syntax: "<target>",
  text: "a workflow file, the name of a workflow, or the id of a capability",
};
const RUN: ArgumentSpec = { syntax: "<run>", text: "a run" };
const DECIDED: ArgumentSpec = { syntax: "<run>", text: "a run, an approval, or a proposal (prop-…)" };
const LAST_RUN: ArgumentSpec = { syntax: "[run]", text: "a run; without it the last one" };
const REASON: OptionSpec = { flags: "--reason <text>", text: "why; it is recorded in the ledger" };
const STEP: OptionSpec = { flags: "--step <step>", text: "only this step, and what is in it" };
const CONFLICTS: readonly OptionSpec[] = [
  { flags: "--merge", text: "where a text file was changed since, keep those changes", conflicts: ["force"] },
  { flags: "--force", text: "overwrite what was changed since; it can be redone" },
];

const controlRun = () => import("./control-run.ts");

/** Commands that start runs and steer them. */
export const RUN_COMMANDS: readonly CommandSpec[] = [
  {
    name: "up",
    summary: "serve Mission Control: the API to watch and steer runs",
    description:
      "Finishes what dead processes left, and listens until Ctrl-C. Other machines reach it only where --host says so and AIF_RUNTIME_API_TOKEN is set.",
    options: [
      {
        flags: "--port <number>",
        text: "port; 0 for any that is free (default: AIF_RUNTIME_API_PORT, else 8030)",
      },
      { flags: "--host <address>", text: "address (default: AIF_RUNTIME_API_HOST, else 127.0.0.1)" },
      { flags: "--demo", text: "in a workspace without runs, first tidy an inbox of sample files" },
      NO_INPUT,
    ],
    examples: [
      ["airun up", "http://127.0.0.1:8030, for the workspace ./workspace"],
      ["airun up --port 0 --json", "for a program: one JSON document with the address"],
    ],
    load: async () => (await import("./up.ts")).up,
  },
  {
    name: "demo",
    summary: "tidy a sample inbox: a first run to look at",
    description:
      "Puts sample files into the workspace where they are missing, runs the workflow tidy_inbox on them, and verifies the ledger.",
    options: [NO_INPUT],
    examples: [["airun demo", "in ./workspace; again as often as you like"]],
    load: async () => (await import("./demo.ts")).demo,
  },
  {
    name: "mcp",
    summary: "serve an assistant over MCP, on the standard input and output",
    description:
      "What the assistant sees as tools are the ACTIVE facades, and the capabilities that ACTIVE packs offer.",
    examples: [["airun mcp --workspace ./project", "as the command of an MCP client"]],
    load: async () => (await import("./mcp.ts")).mcp,
  },
  {
    name: "connect",
    arguments: [
      {
        syntax: "[client]",
        text: "the assistant's program; without one, an entry as most of them take it",
        choices: ["claude-desktop", "claude-code", "cursor", "vscode", "json"],
      },
    ],
    summary: "connect an assistant: print the entry of its configuration, or write it there",
    description:
      "The assistant starts the runtime itself, or reaches the one that `airun up` serves. What lies in the file stays, and the file as it was is kept beside it.",
    options: [
      { flags: "--write", text: "put the entry into the client's own file" },
      { flags: "--http", text: "for the server that `airun up` started, instead of a process of its own" },
      { flags: "--url <url>", text: "with --http: where that server is" },
      { flags: "--name <name>", text: "what the client calls it; airun without it" },
    ],
    examples: [
      ["airun connect claude-desktop --write", "for good; the workspace is ./workspace"],
      ["airun connect vscode --http", "to look at, for a server that runs already"],
    ],
    load: async () => (await import("./connect.ts")).connect,
  },
  {
    name: "run",
    arguments: [TARGET],
    summary: "run a workflow or a capability",
    description:
      "Exits with 0 when it completed, with 30 when it waits for a human, and with the code of the failure otherwise. Ctrl-C pauses the run.",
    options: [...INPUTS, NO_INPUT],
    examples: [
      ["airun run io.fs.write_file --input path=hello.txt --input content='Hello'", "one capability"],
      ["airun run ./release.yaml --input version=1.2.0", "a workflow file"],
      ["airun run load_test_quick --json", "a workflow by its name, with one JSON document as the result"],
    ],
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "plan",
    arguments: [TARGET],
    summary: "show what a run would do, and do nothing of it",
    description: "Exits with 10 where the run would fail, and with 11 where a step would be denied.",
    options: INPUTS,
    examples: [["airun plan tidy_inbox", "every step, and the diffs of what it would change"]],
    load: async () => (await import("./plan.ts")).plan,
  },
  {
    name: "runs",
    summary: "list the runs of the workspace, newest first",
    options: [
      {
        flags: "--status <status>",
        text: "only these",
        choices: ["pending", "running", "paused", "completed", "failed", "rolled_back"],
      },
      { flags: "--limit <number>", text: "how many (default: 20)" },
    ],
    examples: [["airun runs --status paused", "what waits for somebody"]],
    load: async () => (await import("./runs.ts")).listRuns,
  },
  {
    name: "show",
    arguments: [LAST_RUN],
    summary: "show a run: its steps, what it changed, what it waits for",
    examples: [["airun show last", "the newest run"]],
    load: async () => (await import("./runs.ts")).show,
  },
  {
    name: "approve",
    arguments: [DECIDED],
    summary: "approve what a run waits for, and go on with it; or a proposal",
    options: [{ flags: "--step <step>", text: "which step, where several wait" }, REASON, NO_INPUT],
    examples: [["airun approve last --reason 'checked the figures'", "the newest run goes on"]],
    load: async () => (await controlRun()).approve,
  },
  {
    name: "reject",
    arguments: [DECIDED],
    summary: "reject what a run waits for, which is then rolled back; or a proposal",
    options: [{ flags: "--step <step>", text: "which step, where several wait" }, REASON, NO_INPUT],
    examples: [["airun reject last --reason 'wrong customer'", "nothing of the newest run stays"]],
    load: async () => (await controlRun()).reject,
  },
  {
    name: "pause",
    arguments: [RUN],
    summary: "pause a run when the steps under way are done",
    options: [REASON],
    examples: [["airun pause last", "also a run of another process"]],
    load: async () => (await controlRun()).pause,
  },
  {
    name: "resume",
    arguments: [RUN],
    summary: "go on with a paused run",
    options: [REASON, NO_INPUT],
    examples: [["airun resume last", "after a pause or Ctrl-C"]],
    load: async () => (await controlRun()).resume,
  },
  {
    name: "cancel",
    arguments: [RUN],
    summary: "stop a run for good",
    options: [REASON, { flags: "--rollback", text: "take back what it did" }, NO_INPUT],
    examples: [["airun cancel last --rollback", "as if it had never run"]],
    load: async () => (await controlRun()).cancel,
  },
  {
    name: "recover",
    summary: "finish what processes left that died",
    description:
      "Each such run goes on, is rolled back, or waits for a human where the outcome of an effect is unknown. What waits for an answer longer than it may is denied.",
    examples: [["airun recover", "after a crash or a power cut"]],
    load: async () => (await controlRun()).recover,
  },
  {
    name: "undo",
    arguments: [LAST_RUN],
    summary: "take back what an ended run did",
    description:
      "Touches nothing at all where somebody changed one of the paths since, unless --merge or --force.",
    options: [
      STEP,
      { flags: "--since <time>", text: "every run that ended since, the newest first" },
      ...CONFLICTS,
      REASON,
    ],
    examples: [
      ["airun undo", "the last run"],
      ["airun undo 4f3a9c --step write_report", "one step of a run"],
      ["airun undo --since 2026-01-31T12:00:00Z", "everything since noon"],
    ],
    load: async () => (await import("./undo.ts")).undo,
  },
  {
    name: "redo",
    arguments: [LAST_RUN],
    summary: "do again what an undo took back",
    options: [STEP, ...CONFLICTS, REASON],
    examples: [["airun redo", "after an undo that was not meant"]],
    load: async () => (await import("./undo.ts")).redo,
  },
];
