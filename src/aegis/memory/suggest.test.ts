import { expect, test } from "vitest";

import { verifies } from "../../../test/requirements.ts";
import type { CapabilityHistory } from "../../contract/skill-memory.ts";
import { type PackStanding, suggest, type SuggestRequest } from "./suggest.ts";

verifies("aegis:memory");

const DESK: PackStanding = {
  name: "desk",
  version: "1.0.0",
  isShipped: false,
  workflows: ["tidy"],
  runsSince: 200,
};

const ROLLED_BACK: CapabilityHistory = {
  capability: "desk.post",
  version: "1.0.0",
  pack: "desk@1.0.0",
  runs: 40,
  calls: 40,
  succeeded: 4,
  reliability: 0.1,
  retries: 0,
  recovered: 0,
  rollbacks: 36,
  asked: 0,
  rejected: 0,
  p50_ms: 5,
  p95_ms: 9,
};

function suggested(more: Partial<SuggestRequest>, used: readonly string[] = [], ran: readonly string[] = []) {
  const workflows = new Map(ran.map((name) => [name, { runs: 1, clean: 1 }]));
  const history = { runs: 200, seq: 1, skills: [], traces: [], workflows, packs: new Set(used) };
  return suggest({ history, capabilities: [], patterns: [], packs: [], timeoutOf: () => undefined, ...more });
}

test("what runs are rolled back for is frozen with its pack, where the pack is somebody's own", () => {
  const used = ["desk@1.0.0"];
  const [own, ...others] = suggested({ capabilities: [ROLLED_BACK], packs: [DESK] }, used);
  expect(others).toEqual([]);
  expect(own).toMatchObject({
    kind: "PACK_FREEZE",
    rule: "rollback",
    subject: { name: "desk", version: "1.0.0" },
    evidence: { capability: "desk.post", runs: 40, rollbacks: 36 },
    next: expect.stringContaining("airun pack freeze desk@1.0.0"),
  });
  const shipped = suggested({ capabilities: [ROLLED_BACK], packs: [{ ...DESK, isShipped: true }] }, used);
  expect(shipped).toMatchObject([{ kind: "FREEZE", subject: { name: "desk.post" } }]);
});

test.for([
  ["nobody used it in 200 runs", DESK, [], [], ["DEPRECATE"]],
  ["in 99 runs, which says nothing yet", { ...DESK, runsSince: 99 }, [], [], []],
  ["a run was reached through it", DESK, ["desk@1.0.0"], [], []],
  ["its workflow ran", DESK, [], ["tidy"], []],
  ["it came with the package", { ...DESK, isShipped: true }, [], [], []],
] as const)("a pack is retired where %s", ([, pack, used, ran, kinds]) => {
  const found = suggested({ packs: [pack] }, used, ran);
  expect(found.map(({ kind }) => kind)).toEqual(kinds);
  for (const each of found) expect(each.next).toContain("airun pack deprecate desk@1.0.0");
});
