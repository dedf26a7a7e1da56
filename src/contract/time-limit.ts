import vm from "node:vm";

import { RuntimeError } from "./errors.ts";
import { isObject } from "./json.ts";

const call = new vm.Script("work()");
let sandbox: vm.Context | undefined;

/**
 * The result of a pure, synchronous computation, which is ended by force when it takes too long: also inside a
 * regular expression, which nothing else can interrupt. `what` names the culprit.
 *
 * @throws LIMIT_EXCEEDED, or what `work` throws; running out of stack is LIMIT_EXCEEDED too
 */
export function runWithTimeLimit<T>(limitMs: number, what: string, work: () => T): T {
  sandbox ??= vm.createContext({ work: undefined });
  sandbox["work"] = work;
  try {
    return call.runInContext(sandbox, { timeout: limitMs }) as T;
  } catch (cause) {
    // Made in the sandbox, it is no instance of this realm's Error.
    if (isObject(cause) && cause["code"] === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new RuntimeError("LIMIT_EXCEEDED", `${what} took longer than ${limitMs} ms.`, { cause });
    if (cause instanceof RangeError && cause.message.includes("call stack"))
      throw new RuntimeError("LIMIT_EXCEEDED", `${what} is nested too deeply.`, { cause });
    throw cause;
  } finally {
    sandbox["work"] = undefined;
  }
}
