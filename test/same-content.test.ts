import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createRuntime, type Entry, type LedgerEvent, type Principal } from "../src/index.ts";
import { undoEffect } from "../src/kernel/undo.ts";
import { openWorkspace } from "../src/workspace/workspace.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("undo:conflict", "workspace:leases");

const PERSON: Principal = { human: "h", agent: "", session: "s", service: "embed", scopes: [] };

test("an effect that never happened is not taken back from who wrote the same content", async () => {
  using directory = scratch();
  const files = join(directory.path, "workspace");
  await using runtime = await createRuntime({
    workspace: files,
    env: { AI_FIRST_HOME: join(directory.path, "home") },
  });
  const view = await runtime.run("io.fs.write_file", { inputs: { path: "counter", content: "2" } });
  const [effect] = runtime.ledger.entries({ run: view.run, types: ["effect-intended"] });
  // The file of another run, with the same content, in the place of the one that the effect was to put there.
  writeFileSync(join(files, "counter"), "2");
  const workspace = openWorkspace(files, "test");
  const events: string[] = [];
  const emit = async <Event extends LedgerEvent>(event: Event): Promise<Entry<Event>> => {
    events.push(event.type);
    return { ...event, seq: 0, at: "", by: PERSON.human };
  };
  const request = { of: effect?.seq ?? 0, mode: "strict", unfinished: true } as const;
  await undoEffect(runtime.ledger, workspace, emit, request);
  expect(events).toEqual(["undo-completed"]);
  expect(readFileSync(join(files, "counter"), "utf8")).toBe("2");
  workspace.close();
});
