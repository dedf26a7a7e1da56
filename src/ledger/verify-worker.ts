import { parentPort, workerData } from "node:worker_threads";

import { RuntimeError } from "../contract/errors.ts";
import type { Verified, VerifyTask } from "./verify-aside.ts";
import { verifyLedger } from "./verify.ts";

/** What `verify-aside.ts` starts in a thread of its own. */
parentPort?.postMessage(verified(workerData as VerifyTask), []);

function verified({ path, options }: VerifyTask): Verified {
  try {
    return { report: verifyLedger(path, options) };
  } catch (error) {
    if (error instanceof RuntimeError) return { failed: { code: error.code, message: error.message } };
    throw error;
  }
}
