import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { sha256 } from "../../src/contract/digest.ts";
import { FileHistory } from "../../src/contract/rest/file.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { StartedRun } from "../../src/contract/rest/run.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, settled, type TestControl } from "./open.ts";

verifies("control:restore");

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl();
});
afterAll(() => control[Symbol.asyncDispose]());

const place = (path: string) => join(control.station.runtime.workspace, path);
const text = (path: string) => readFileSync(place(path), "utf8");
const write = (path: string, content: string) =>
  runTo(control, { target: "io.fs.write_file", inputs: { path, content } });
const history = async (path: string) =>
  FileHistory.parse((await control.ask("GET", `/v1/files/history?path=${path}`)).body).versions;
const restore = (body: object) => control.ask("POST", "/v1/files/restore", { reason: "wanted", ...body });

async function restored(body: object) {
  const answer = await restore(body);
  if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
  const { run } = StartedRun.parse(answer.body);
  return settled(control, run);
}

test("a file gets an earlier content back by a run of its own, which is undone as any other", async () => {
  for (const content of ["one", "two", "three"]) await write("a.txt", content);
  const [third, second, first] = await history("a.txt");
  expect(third?.isKept).toEqual({ before: true, after: true });
  const shown = await control.send("GET", `/v1/files/content?path=a.txt&seq=${second?.seq}`);
  expect(await shown.text()).toBe("two");

  const run = await restored({ path: "a.txt", seq: first?.seq });
  expect(run).toMatchObject({ status: "completed", name: "restore_file", undoable: 1 });
  expect(text("a.txt")).toBe("one");
  const [newest] = await history("a.txt");
  expect(newest).toMatchObject({ run: run.run, step: "restore" });
  const [started] = control.station.runtime.ledger.entries({ run: run.run, types: ["run-started"] });
  expect(control.station.runtime.ledger.object(started?.data.spec ?? "")).toMatchObject({
    description: `Gives "a.txt" the content from after entry ${first?.seq}: wanted`,
  });
  await control.ask("POST", `/v1/runs/${run.run}/undo`, { reason: "after all" });
  expect(text("a.txt")).toBe("three");
});

test("that nothing lay there comes back too, and what was deleted", async () => {
  await write("b.txt", "here");
  const [made] = await history("b.txt");
  expect(await restored({ path: "b.txt", seq: made?.seq, side: "before" })).toMatchObject({
    status: "completed",
  });
  expect(existsSync(place("b.txt"))).toBe(false);
  await restored({ path: "b.txt", seq: made?.seq });
  expect(text("b.txt")).toBe("here");
});

test("what somebody else changed since stays, unless it is named", async () => {
  await write("c.txt", "one");
  await write("c.txt", "two");
  const [, first] = await history("c.txt");
  writeFileSync(place("c.txt"), "by hand");
  const refused = await restore({ path: "c.txt", seq: first?.seq });
  expect(Problem.parse(refused.body)).toMatchObject({ status: 409, code: "UNDO_CONFLICT" });
  expect(text("c.txt")).toBe("by hand");
  const expected = sha256("by hand");
  expect(await restored({ path: "c.txt", seq: first?.seq, expected })).toMatchObject({ status: "completed" });
  expect(text("c.txt")).toBe("one");
});

test("a file that changes between the request and the run's effect is left", async () => {
  const inputs = { path: "d.txt", content_base64: "", overwrite: true, expected_checksum: sha256("one") };
  await write("d.txt", "other");
  const run = await runTo(control, { target: "io.fs.write_bytes", inputs });
  expect(run).toMatchObject({ status: "failed", failure: { code: "CONTENT_INVALID" } });
  expect(text("d.txt")).toBe("other");
});

test.for([
  ["an entry that did not change it", { path: "a.txt", seq: 1 }, 422, "INPUT_INVALID"],
  ["what it holds already", { path: "a.txt" }, 409, "STATE_CONFLICT"],
  ["a path outside", { path: "../a.txt", seq: 1 }, 403, "PATH_REFUSED"],
] as const)("refused: %s", async ([, body, status, code]) => {
  const [newest] = await history("a.txt");
  const answer = await restore({ seq: newest?.seq, side: "after", ...body });
  expect(Problem.parse(answer.body)).toMatchObject({ status, code });
});

test("a content that was kept nowhere is said to be gone", async () => {
  await write("e.txt", "kept nowhere");
  const [made] = await history("e.txt");
  writeFileSync(place("e.txt"), "by hand");
  const answer = await control.ask("GET", `/v1/files/content?path=e.txt&seq=${made?.seq}`);
  expect(Problem.parse(answer.body)).toMatchObject({ status: 404, code: "PREIMAGE_MISSING" });
  expect((await history("e.txt"))[0]?.isKept).toEqual({ before: true, after: false });
});
