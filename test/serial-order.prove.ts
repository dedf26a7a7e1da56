import { test } from "vitest";

import { shareOf } from "./prove-share.ts";
import { checkSerialOrder } from "./serial-order.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:leases", "undo:crash", "workflow:recovery");

test("runs of two processes on the same paths, killed anywhere, many times: as if one by one", async () => {
  await checkSerialOrder(shareOf(150));
});
