import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openSite } from "../../test/plan-fixture.ts";
import { snapshot } from "../../test/snapshot.ts";
import type { Entry, EventOf, LedgerEvent } from "../contract/entry.ts";
import { openWorkspace, type Workspace } from "../workspace/workspace.ts";
import type { Emit } from "./emit.ts";
import { finishUndo } from "./undo.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:crash", "undo:conflict");

type Intended = Entry<EventOf<"undo-intended">>;

/** What another process finds: an undo that was intended, the files, and nobody who works on it. */
type Left = Disposable & {
  readonly path: string;
  readonly intended: Intended;
  readonly finish: () => Promise<unknown>;
  readonly emitted: LedgerEvent[];
};

async function leave(prepare: (path: string) => void, id: string, inputs: object): Promise<Left> {
  const site = openSite();
  prepare(site.workspace);
  let intended: Intended | undefined;
  {
    await using runtime = await site.open();
    const { run, status } = await runtime.run(id, { inputs: { ...inputs } });
    expect(status).toBe("COMPLETED");
    await runtime.undo(run);
    [intended] = runtime.ledger.entries({ run, types: ["undo-intended"] }) as Iterable<Intended>;
  }
  const workspace: Workspace = openWorkspace(site.workspace, "another");
  const emitted: LedgerEvent[] = [];
  const emit = (async (event: LedgerEvent) => {
    emitted.push(event);
  }) as unknown as Emit;
  const entry = intended as Intended;
  return {
    path: site.workspace,
    intended: entry,
    emitted,
    finish: () => finishUndo(workspace, emit, entry),
    [Symbol.dispose]() {
      workspace.close();
      site[Symbol.dispose]();
    },
  };
}

describe.for([
  ["files", (path: string, text: string) => writeFileSync(path, text), (path: string) => path],
  [
    "directories",
    (path: string, text: string) => {
      mkdirSync(path);
      writeFileSync(join(path, "file"), text);
    },
    (path: string) => join(path, "file"),
  ],
] as const)("the undo of a move that replaced something, both %s", ([, put, inner]) => {
  const MOVE = { source: "from", destination: "to", overwrite: true };
  const prepare = (path: string): void => {
    put(join(path, "from"), "moved");
    put(join(path, "to"), "replaced");
  };
  const contents = (path: string): string[] =>
    ["from", "to"].map((name) => readFileSync(inner(join(path, name)), "utf8"));

  test.for<[string, (path: string) => void]>([
    [
      "has not begun",
      (path) => {
        for (const name of ["from", "to"]) rmSync(join(path, name), { recursive: true });
        put(join(path, "to"), "moved");
      },
    ],
    ["has moved back, and not restored yet", (path) => rmSync(join(path, "to"), { recursive: true })],
    ["has done everything but to say so", () => {}],
  ])("%s: it is finished, and nothing is lost", async ([, reach]) => {
    using left = await leave(prepare, "io.fs.move", MOVE);
    reach(left.path);
    await left.finish();
    expect(contents(left.path)).toEqual(["moved", "replaced"]);
    expect(left.emitted).toMatchObject([
      { type: "undo-completed", data: { of: left.intended.data.of, kept: [] } },
    ]);
  });

  test("stops where somebody changed a path meanwhile", async () => {
    using left = await leave(prepare, "io.fs.move", MOVE);
    writeFileSync(inner(join(left.path, "to")), "theirs");
    const present = snapshot(left.path, { times: true });
    await expect(left.finish()).rejects.toMatchObject({ code: "UNDO_CONFLICT", details: [{ path: "to" }] });
    expect(snapshot(left.path, { times: true })).toEqual(present);
    expect(left.emitted).toMatchObject([
      { type: "undo-refused", data: { failure: { code: "UNDO_CONFLICT" } } },
    ]);
  });
});

test("what an undo has restored already is not written again", async () => {
  using left = await leave((path) => writeFileSync(join(path, "a"), "before"), "io.fs.write_file", {
    path: "a",
    content: "after",
  });
  const { ino } = statSync(join(left.path, "a"));
  await left.finish();
  expect(statSync(join(left.path, "a")).ino).toBe(ino);
});

test("a directory that others use by now is kept, however often the undo is finished", async () => {
  using left = await leave(() => {}, "io.fs.make_dir", { path: "d" });
  mkdirSync(join(left.path, "d"));
  writeFileSync(join(left.path, "d/theirs"), "x");
  for (let round = 0; round < 2; round++) expect(await left.finish()).toEqual({ restored: [], kept: ["d"] });
  expect(readFileSync(join(left.path, "d/theirs"), "utf8")).toBe("x");
});
