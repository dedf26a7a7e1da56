import type { CommandSpec } from "./command-spec.ts";

/** Commands about what could be run. */
export const SPEC_COMMANDS: readonly CommandSpec[] = [
  {
    name: "list",
    arguments: [
      {
        syntax: "[kind]",
        text: "what (default: capabilities)",
        choices: ["capabilities", "workflows", "packs", "facades", "proposals"],
      },
    ],
    summary: "list capabilities, workflows, packs, facades or proposals",
    examples: [["airun list workflows", "what can be run by name"]],
    load: async () => (await import("./list.ts")).list,
  },
  {
    name: "inspect",
    arguments: [{ syntax: "<id>", text: "a capability, or a workflow" }],
    summary: "show a capability's contract, or a workflow",
    examples: [["airun inspect io.fs.write_file", "inputs, outputs, risk, effects, undo"]],
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    name: "validate",
    arguments: [{ syntax: "<file...>", text: "workflows, capabilities, packs, facades, proposals" }],
    summary: "check spec files, and list every error with its line and column",
    examples: [["airun validate release.yaml packs/*.yaml", "exits with 10 where one of them is wrong"]],
    load: async () => (await import("./validate.ts")).validate,
  },
];
