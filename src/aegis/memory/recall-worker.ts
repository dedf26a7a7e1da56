import { answerTask } from "../../ledger/aside.ts";
import { readMoment } from "../../ledger/read-moment.ts";
import type { RecallTask } from "./recall-aside.ts";
import { recall } from "./recall.ts";

/** What `recall-aside.ts` starts in a thread of its own. */
answerTask(({ path, governance, since }: RecallTask) =>
  readMoment(path, (moment) => recall(moment, governance, since)),
);
