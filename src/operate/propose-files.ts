import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Proposal } from "../governance/state.ts";
import { parsePath } from "../workspace/path.ts";
import { proposePath } from "./propose.ts";
import type { Chain } from "./station.ts";

const MAX_FILES = 200;

/**
 * Records texts as a proposal: one spec, or the files of a pack by their paths in it.
 *
 * @throws PATH_REFUSED, LIMIT_EXCEEDED; as `proposePath`
 */
export async function proposeFiles(
  chain: Chain,
  by: Principal,
  files: Readonly<Record<string, string>>,
  justification: string,
  key?: string,
): Promise<Proposal> {
  const texts = Object.entries(files);
  const [first] = texts;
  if (first === undefined || texts.length > MAX_FILES)
    throw new RuntimeError("LIMIT_EXCEEDED", `files: ${texts.length} are given; 1 to ${MAX_FILES} are read.`);
  const aside = mkdtempSync(join(tmpdir(), "airun-proposal-"));
  try {
    for (const [name, text] of texts) {
      const path = join(aside, ...parsePath(name));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    }
    const isPack = texts.some(([name]) => /^(?:\.\/)?pack\.ya?ml$/.test(name));
    return await proposePath(
      chain,
      by,
      isPack ? aside : join(aside, ...parsePath(first[0])),
      justification,
      key,
    );
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new RuntimeError(
      error.code,
      error.message.replaceAll(`${aside}/`, "").replaceAll(aside, "the pack"),
      {
        cause: error,
      },
    );
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
