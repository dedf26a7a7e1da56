import { test } from "vitest";

import { checkSerialOrder } from "./serial-order.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:leases", "undo:crash", "workflow:recovery");

// Three processes for each case, which take their time where others work on the machine too.
test(
  "runs of two processes on the same paths, killed anywhere: as if one by one",
  { timeout: 120_000 },
  async () => {
    await checkSerialOrder(2);
  },
);
