import { expect, test } from "vitest";

import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { changedPaths } from "./changed-paths.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const absent: Image = { kind: "absent" };
const dir: Image = { kind: "dir", mode: 0o755, mtimeNs: "1" };
const file = (hash: string): Image => ({ kind: "file", hash, size: hash.length, mode: 0o644, mtimeNs: "1" });
const link = (target: string): Image => ({ kind: "link", target, mtimeNs: "1" });

type Change = readonly [path: string, before: Image, after: Image, movedFrom?: string];

const listed = (changes: readonly Change[]) =>
  changes.map(([path, before, after, movedFrom]) => ({
    path,
    before,
    after,
    ...(movedFrom === undefined ? {} : { movedFrom }),
  }));
const effect = (seq: number, ...changes: readonly Change[]) => ({
  seq,
  type: "effect-intended",
  data: { op: "write", changes: listed(changes) },
});
const undoing = (seq: number, of: number) => ({
  seq,
  type: "undo-intended",
  data: { of, mode: "strict", changes: [] },
});
const undone = (seq: number, of: number) => ({ seq, type: "undo-completed", data: { of, kept: [] } });

function changed(entries: readonly object[]) {
  const ledger = { entries: (() => entries.values()) as unknown as Ledger["entries"] };
  return changedPaths(ledger, "run").map(({ kind, path, movedFrom }) =>
    [kind, path, ...(movedFrom === null ? [] : [movedFrom])].join(" "),
  );
}

test.for<[string, readonly object[], readonly string[]]>([
  ["nothing", [], []],
  [
    "one of each",
    [
      effect(1, ["new", absent, file("a")]),
      effect(2, ["old", file("a"), file("b")]),
      effect(3, ["gone", file("a"), absent]),
    ],
    ["created new", "changed old", "deleted gone"],
  ],
  [
    "a move is one line",
    [effect(1, ["from", file("a"), absent], ["to", absent, file("a"), "from"])],
    ["moved to from"],
  ],
  [
    "a move onto the same content is still a move",
    [effect(1, ["from", file("a"), absent], ["to", file("a"), file("a"), "from"])],
    ["moved to from"],
  ],
  [
    "moved there and back is no change",
    [
      effect(1, ["a", file("x"), absent], ["b", absent, file("x"), "a"]),
      effect(2, ["b", file("x"), absent], ["a", absent, file("x"), "b"]),
    ],
    [],
  ],
  [
    "made and deleted again is no change",
    [effect(1, ["x", absent, file("a")]), effect(2, ["x", file("a"), absent])],
    [],
  ],
  [
    "written back to what it was is no change",
    [effect(1, ["x", file("a"), file("b")]), effect(2, ["x", file("b"), file("a")])],
    [],
  ],
  ["a directory's time is no change", [effect(1, ["d", dir, { ...dir, mtimeNs: "2" }])], []],
  [
    "a link that points elsewhere",
    [effect(1, ["l", link("a"), link("b")]), effect(2, ["m", link("a"), file("a")])],
    ["changed l", "changed m"],
  ],
  ["an undo takes it out", [effect(1, ["x", absent, file("a")]), undoing(2, 1), undone(3, 1)], []],
  ["an undo of an effect that never happened", [effect(1, ["x", absent, file("a")]), undone(2, 1)], []],
  [
    "a redo brings it back",
    [effect(1, ["x", absent, file("a")]), undoing(2, 1), undone(3, 1), undoing(4, 2), undone(5, 2)],
    ["created x"],
  ],
  ["what the ledger does not know is left alone", [undone(2, 1)], []],
])("%s", ([, entries, expected]) => {
  expect(changed(entries)).toEqual(expected);
});
