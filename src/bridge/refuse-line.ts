import type { RuntimeError } from "../contract/errors.ts";
import { toFailure } from "../contract/errors.ts";
import type { ExecutionRecord, WorkflowRecord } from "../contract/execution-record.ts";
import type { Environment } from "../kernel/home.ts";
import { namesIn } from "./call.ts";
import { EXECUTION } from "./exec-capability.ts";
import { frameOf } from "./frame.ts";
import { WORKFLOW } from "./workflow-call.ts";

/** The record of a command line that could not be understood: it names what can be read of it. */
export function refuseLine(
  error: RuntimeError,
  argv: readonly string[],
  env: Environment,
): ExecutionRecord | WorkflowRecord {
  const text = (option: string) => findOption(argv, option);
  const kind = argv.includes("exec-capability") ? EXECUTION : WORKFLOW;
  const frame = frameOf(namesIn(text), env, new Date().toISOString());
  return kind.refused(frame, text, toFailure(error), null);
}

/** `executionId` as `--execution-id VALUE` or `--execution-id=VALUE`; the last one counts. */
function findOption(argv: readonly string[], option: string): string | undefined {
  const flag = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = argv[at];
  if (word === undefined) return undefined;
  return word === flag ? argv[at + 1] : word.slice(flag.length + 1);
}
