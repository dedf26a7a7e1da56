import { expect, test } from "vitest";

import { readCatalogue } from "../src/aegis/catalogue.ts";
import { planQuest } from "../src/aegis/plan-quest.ts";
import { Quest } from "../src/contract/quest.ts";
import { openHome } from "../src/installation.ts";
import { homeIn } from "./home.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("aegis:quest");

const slow = (id: string): number | undefined => (id === "io.fs.hash_file" ? 9_000 : undefined);

test("a quest with less time than its steps are known to take is refused, and told how much they take", async () => {
  using directory = scratch();
  await using home = await openHome({ AI_FIRST_HOME: homeIn(directory.path) });
  const { registry, governance, principal } = home;
  const catalogue = await readCatalogue({ registry, reach: governance.reach, environment: "dev" }, principal);
  const plan = (time_seconds: number | undefined, latencyMs: (id: string) => number | undefined) =>
    planQuest({
      quest: Quest.parse({
        intent: "hash file a.txt",
        ...(time_seconds === undefined ? {} : { constraints: { time_seconds } }),
      }),
      catalogue,
      registry,
      latencyMs,
    });
  expect(plan(5, slow)).toMatchObject({
    status: "refused",
    reasons: [
      {
        code: "TIME_TOO_SHORT",
        goal: null,
        message: "The steps take 9 s, as far as skill memory knows, and the quest allows 5 s.",
        remedy: expect.stringContaining("time_seconds"),
      },
    ],
  });
  expect(plan(9, slow).status).toBe("planned");
  expect(plan(undefined, slow).status).toBe("planned");
  // What nobody knows refuses nothing: the run's own limit ends it.
  expect(plan(5, () => undefined).status).toBe("planned");
});
