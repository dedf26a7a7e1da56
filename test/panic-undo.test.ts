import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { flowOf } from "./flow.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { begun, letGo, panicCapabilities, person } from "./panic-site.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("governance:panic");

const ADA = person("ada");

const FLOW = flowOf([
  { name: "note", capability_name: "io.fs.write_file", inputs: { path: "note.txt", content: "x" } },
  {
    name: "order",
    capability_name: "test.order",
    inputs: { name: "tea" },
    compensation: { capability_name: "test.cancel", inputs: { name: "tea" } },
  },
]);

test("a panic while an undo is under way lets it go to its end, and nothing forward again", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path, {
    capabilities: panicCapabilities(directory.path),
    principal: ADA,
  });
  letGo(directory.path, "tea");
  const { run, settled } = await runtime.start({ file: "a test", text: JSON.stringify(FLOW) });
  await settled;
  const [approval] = runtime.approvals(run);
  const yes = { decision: "approved", reason: "looked" } as const;
  expect(await runtime.answerApproval(approval?.id ?? "", yes, ADA)).toMatchObject({ status: "COMPLETED" });
  const note = join(workspaceIn(directory.path), "note.txt");
  expect(existsSync(note)).toBe(true);

  const undoing = runtime.undo(run);
  await begun(directory.path, "cancel-tea");
  const { panic } = await runtime.panic({
    action: "CANCEL_AND_ROLLBACK",
    scope: { kind: "all" },
    reason: "odd",
  });
  letGo(directory.path, "cancel-tea");
  expect(await undoing).toMatchObject({ status: "ROLLED_BACK", undoable: 0 });
  expect(existsSync(note)).toBe(false);

  await expect(runtime.redo(run)).rejects.toMatchObject({ code: "PANIC" });
  await runtime.liftPanic(panic.id, "it was nothing");
  expect(await runtime.recover()).toEqual([]);
  expect(runtime.show(run).status).toBe("ROLLED_BACK");
  expect(verifyIn(directory.path).ok).toBe(true);
});
