import { answerTask } from "./aside.ts";
import type { VerifyTask } from "./verify-aside.ts";
import { verifyLedger } from "./verify.ts";

/** What `verify-aside.ts` starts in a thread of its own. */
answerTask(({ path, options }: VerifyTask) => verifyLedger(path, options));
