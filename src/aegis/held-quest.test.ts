import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import {
  openTestLedger,
  PERSON,
  runStarted,
  stepCompleted,
  stepIntended,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";
import { usedIn } from "./held-quest.ts";

verifies("aegis:quest");

test("whoever goes on with a run counts what a governor counted from the start: the time of all, the cost of steps", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const spec = ledger.record(
    PERSON,
    "capability",
    specOf({ metadata: { ...specOf({}).metadata, cost_model: "network" } }),
  );
  const intend = (step: string, role: "step" | "compensation") => {
    const event = stepIntended("a", step);
    return ledger.append(PERSON, { ...event, data: { ...event.data, spec, role } });
  };
  await ledger.append(PERSON, runStarted("a"));
  await intend("post", "step");
  await ledger.append(PERSON, stepCompleted("a", "post"));
  await intend("post", "compensation");
  const took = stepCompleted("a", "post");
  await ledger.append(PERSON, { ...took, data: { ...took.data, role: "compensation" } });
  expect(usedIn(ledger, "a")).toEqual({ workMs: 3, cost: 10 });
  await ledger.close();
});
