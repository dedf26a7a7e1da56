import { expect } from "vitest";

import type { ProposalReport } from "../../src/operate/describe-proposal.ts";
import type { Failure } from "../../src/contract/errors.ts";
import { runFake } from "../cli/run-fake.ts";

/** What of a command's document the tests of imports look at: a proposal, that of a policy set, a run, an error, or a comparison. */
type Answer = Partial<ProposalReport> & {
  readonly proposal?: string;
  readonly run?: string;
  readonly failure?: Failure | null;
  readonly error?: Failure;
  readonly steps?: readonly { readonly failure: Failure | null }[];
  readonly differences?: readonly { readonly capability: string; readonly change: string }[];
};

type Options = { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string };

export const AS_AGENT: Options = { env: { AI_FIRST_AGENT: "helper" } };

/** The commands of a fresh installation in a directory. */
export function chainIn(directory: string, env: Readonly<Record<string, string>> = {}) {
  const airun = (argv: readonly string[], more: Options = {}) =>
    runFake(["--json", ...argv], { directory, ...more, env: { ...env, ...more.env } });
  const json = async (argv: readonly string[], more: Options = {}) => {
    const { exitCode, stdout, stderr } = await airun(argv, more);
    expect(stdout, stderr).not.toBe("");
    return { exitCode, document: JSON.parse(stdout) as Answer };
  };
  return {
    airun,
    json,
    /** The document of a command that must succeed. */
    ok: async (argv: readonly string[], more: Options = {}): Promise<Answer> => {
      const { exitCode, document } = await json(argv, more);
      expect(exitCode, JSON.stringify(document).slice(0, 2000)).toBe(0);
      return document;
    },
    /** Why a run or a command failed. */
    codeOf: async (argv: readonly string[]): Promise<string | undefined> => {
      const { document } = await json(argv);
      return document.error?.code ?? document.steps?.[0]?.failure?.code ?? document.failure?.code;
    },
    /** Approves and activates what was proposed under a name. */
    activate: async (id: string, name: string): Promise<void> => {
      for (const argv of [
        ["approve", id, "--reason", "read"],
        ["pack", "activate", name, "--reason", "go"],
      ]) {
        const { exitCode, stderr, stdout } = await airun(argv);
        expect(exitCode, stdout + stderr).toBe(0);
      }
    },
    suspensionOf: async (name: string): Promise<string | null | undefined> => {
      const { stdout } = await airun(["pack", "list"]);
      const packs = JSON.parse(stdout) as readonly {
        readonly name: string;
        readonly suspended: string | null;
      }[];
      return packs.find((pack) => pack.name === name)?.suspended;
    },
  };
}
