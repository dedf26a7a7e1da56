import type { CommandSpec } from "./command-spec.ts";

/** Commands about this installation. */
export const MACHINE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "init",
    summary: "make the workspace and the home, and show where they are",
    examples: [["airun init --workspace ./work", "a workspace of its own"]],
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "doctor",
    summary: "look for what is wrong here, and say how to mend it",
    examples: [["airun doctor", "exits with 20 where something must be mended"]],
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "keys",
    summary: "show and rotate the keys that sign and seal",
    commands: [
      {
        name: "list",
        summary: "show the signing keys of this installation, the newest first",
        description:
          "A PUBLIC KEY is the last part of the verifier keys that `init` and `audit verify` show.",
        examples: [["airun keys list", "which key is active, and since when"]],
        load: async () => (await import("./keys.ts")).keysList,
      },
      {
        name: "rotate",
        summary: "make a new signing key, which the old one vouches for",
        description:
          "What was signed and sealed before stays valid and readable. Values are sealed under new keys from now on.",
        options: [{ flags: "--yes", text: "do not ask" }],
        examples: [["airun keys rotate --yes", "at regular times, or when somebody may have seen the key"]],
        load: async () => (await import("./keys.ts")).keysRotate,
      },
    ],
  },
  {
    name: "smoke",
    summary: "load every capability, workflow, pack and facade of this installation",
    examples: [["airun smoke", "prints RESOLVED_SPECS_DIR and STDLIB_LOADED"]],
    load: async () => (await import("./smoke.ts")).smoke,
  },
  {
    name: "completion",
    arguments: [{ syntax: "<shell>", text: "the shell", choices: ["bash", "zsh", "fish"] }],
    summary: "print the completion script of a shell",
    examples: [
      ["source <(airun completion bash)", "for this session; put it into your shell's start file to keep it"],
    ],
    load: async () => (await import("./completion.ts")).completion,
  },
];
