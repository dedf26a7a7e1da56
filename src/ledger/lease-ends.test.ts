import * as fc from "fast-check";
import { expect, test } from "vitest";

import { effectIntended, openTestLedger, PERSON, plain, runStarted } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { createLeaseEnds } from "./lease-ends.ts";
import { createLeases } from "./leases.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:leases");

const overlaps = (a: string, b: string) => a === b || a === "" || b.startsWith(`${a}/`);

const path = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 }).map((parts) => parts.join("/"));
const run = fc.constantFrom("r1", "r2", "r3");

test("they tell what a plain list of ended leases does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ run, path: fc.option(path, { nil: null }) }), { maxLength: 40 }),
      path,
      fc.nat(40),
      (actions, asked, since) => {
        const ends = createLeaseEnds();
        const leases = createLeases(ends);
        const held: { path: string; run: string }[] = [];
        const ended: { path: string; run: string; seq: number }[] = [];
        for (const [index, { run: by, path: taken }] of actions.entries()) {
          if (taken !== null) {
            leases.take(taken, by);
            held.push({ path: taken, run: by });
            continue;
          }
          leases.drop(by, index);
          ended.push(...held.filter((lease) => lease.run === by).map((lease) => ({ ...lease, seq: index })));
          for (let at = held.length - 1; at >= 0; at--) if (held[at]?.run === by) held.splice(at, 1);
        }
        const missed = ended.filter(
          (end) => end.seq > since && (overlaps(end.path, asked) || overlaps(asked, end.path)),
        );
        const found = ends.since(asked, since);
        if (missed.length === 0) expect(found).toBeUndefined();
        else expect(missed.map((end) => end.run)).toContain(found);
      },
    ),
  );
});

// More paths than are remembered once their lease has ended.
const MANY = Array.from({ length: 1001 }, (_, index) => `many/${index}`);

test.for<[string, boolean, readonly string[]]>([
  ["was opened anew", true, []],
  ["forgot it over many others", false, MANY],
])("a ledger that %s refuses an effect after an old look all the same", async ([, reopens, others]) => {
  using directory = scratch();
  let { ledger } = openTestLedger(directory.path);
  for (const id of ["a", "b", "c"]) await ledger.append(PERSON, runStarted(id));
  const lookedAfter = ledger.lastSeq();
  await ledger.append(PERSON, effectIntended("a", "token=0123456789abcdef/f"));
  await ledger.append(PERSON, plain("run-completed", "a"));
  if (others.length > 0) await ledger.append(PERSON, effectIntended("b", ...others));
  await ledger.append(PERSON, plain("run-completed", "b"));
  if (reopens) {
    await ledger.close();
    ({ ledger } = openTestLedger(directory.path));
  }
  const late = (changed: string, after: number) => {
    const { data, ...event } = effectIntended("c", changed);
    return ledger.append(PERSON, { ...event, data: { ...data, lookedAfter: after } });
  };
  for (const changed of ["token=0123456789abcdef", "token=0123456789abcdef/f/g"])
    await expect(late(changed, lookedAfter)).rejects.toMatchObject({
      code: "LEASE_CONFLICT",
      details: { path: changed, run: "a" },
    });
  await late("token=0123456789abcdef/g", lookedAfter);
  await late("token=0123456789abcdef/f", lookedAfter + 2);
  await ledger.close();
});
