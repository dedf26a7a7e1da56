import { changeLifecycle } from "../../../src/operate/change-lifecycle.ts";
import type { Station } from "../../../src/operate/station.ts";
import { type Fixture, text } from "./fixture.ts";

const SUBJECT = { kind: "facade", name: "tidy-inbox", version: "1.0.0" } as const;

/** Tools that change what there is: a facade is frozen, and made ACTIVE again. */
export function changingFixtures(station: () => Station): readonly Fixture[] {
  let isFrozen = false;
  return ["test_trigger_tool_change", "test_trigger_prompt_change"].map((name) => ({
    name,
    description: "Changes the lists of tools and prompts.",
    async run() {
      const { chain } = station();
      const [admin = ""] = chain.governance.state().principals.keys();
      const by = { human: admin, agent: "", session: "s", service: "embed", scopes: ["local"] };
      await changeLifecycle(chain, by, SUBJECT, isFrozen ? "ACTIVE" : "FROZEN", "the suite asks for it");
      isFrozen = !isFrozen;
      return text("Mutation triggered");
    },
  }));
}
