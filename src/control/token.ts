import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import type { Environment } from "../kernel/home.ts";
import { makePrivate, readPrivate } from "../ledger/private-file.ts";

const MIN_CHARACTERS = 16;

export type Token = {
  readonly token: string;
  /** The file that holds it; null where the environment gave it. */
  readonly file: string | null;
  /** Nobody has seen it yet. */
  readonly isNew: boolean;
};

/** Which static token: the operators', or the one of assistants, which opens MCP alone. */
const PLACES = {
  control: { variable: "AIF_RUNTIME_API_TOKEN", file: "control-token" },
  mcp: { variable: "AIF_RUNTIME_MCP_TOKEN", file: "mcp-token" },
} as const;

/**
 * A static token: as the environment has it, else the one of the home, which is made on the first use.
 *
 * @throws INPUT_INVALID where it is too short or has other characters than a header may carry; OS_PERMISSION
 */
export function tokenOf(home: string, env: Environment, of: keyof typeof PLACES = "control"): Token {
  const place = PLACES[of];
  const given = env[place.variable] ?? "";
  if (given !== "") return { token: checked(given, place.variable), file: null, isNew: false };
  const file = join(home, place.file);
  const present = readPrivate(file);
  const made = present ?? makePrivate(file, Buffer.from(`airun_${randomBytes(24).toString("base64url")}\n`));
  return {
    token: checked(made.toString("utf8").trim(), "The token of the home"),
    file,
    isNew: present === undefined,
  };
}

function checked(token: string, what: string): string {
  if (token.length >= MIN_CHARACTERS && /^[\w\-.~+/]+=*$/.test(token)) return token;
  throw new RuntimeError(
    "INPUT_INVALID",
    `${what} must have ${MIN_CHARACTERS} characters or more, of letters, digits and -._~+/.`,
  );
}
