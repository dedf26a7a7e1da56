import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";

type Input = { readonly var_name: string; readonly default_value?: string | null };

const ALLOWED: ReadonlySet<string> = new Set([
  "EDITOR",
  "HOME",
  "LANG",
  "LC_ALL",
  "NODE_VERSION",
  "PATH",
  "PWD",
  "PYTHON_VERSION",
  "SHELL",
  "TERM",
  "USER",
]);

/** One of eleven harmless environment variables. @throws DENIED for every other name */
export const handler: Handler<Input> = async (_ctx, { var_name, default_value = null }) => {
  if (!ALLOWED.has(var_name))
    throw new RuntimeError("DENIED", `var_name "${var_name}" is not on the allow-list`);
  const value = process.env[var_name]?.toWellFormed();
  if (value !== undefined) return { value, found: true, error_message: null };
  return { value: default_value, found: false, error_message: `${var_name} is not set` };
};
