import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";

type Input = {
  readonly command: string;
  readonly args: readonly string[];
  readonly timeout: number;
  readonly accept_exit_codes: readonly number[];
};

const MAX_DETAIL_CHARACTERS = 4096;

/** Runs a program of the contract's list. @throws PROCESS_FAILED for an exit code that is not accepted, PROCESS_REFUSED, TIMED_OUT */
export const handler: Handler<Input> = async ({ process }, { command, args, timeout, accept_exit_codes }) => {
  const { stdout, stderr, exitCode } = await process.run({ command, args, timeoutMs: timeout * 1000 });
  if (exitCode !== 0 && !accept_exit_codes.includes(exitCode))
    throw new RuntimeError("PROCESS_FAILED", `"${command}" ended with exit code ${exitCode}.`, {
      details: {
        exit_code: exitCode,
        stdout: stdout.slice(0, MAX_DETAIL_CHARACTERS),
        stderr: stderr.slice(0, MAX_DETAIL_CHARACTERS),
      },
    });
  return { stdout, stderr, exit_code: exitCode, success: exitCode === 0 };
};
